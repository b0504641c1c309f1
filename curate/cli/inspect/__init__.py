"""Commands that look into a dataset and change nothing."""
