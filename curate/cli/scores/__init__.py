"""Commands that use the scores of models."""
