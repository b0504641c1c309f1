"""Scores of models: `pseudo_label`, `audit`."""
