"""Formats of training sets: folders and tables that a trainer or a competition reads."""
