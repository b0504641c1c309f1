"""Commands that bring recordings in."""
