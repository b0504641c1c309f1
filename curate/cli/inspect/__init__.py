"""Commands that only read a dataset."""
