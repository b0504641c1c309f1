"""Commands that write what a trainer reads."""
