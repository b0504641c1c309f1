"""Commands that divide and weigh a training set."""
