"""Commands that find and cut what a trainer must never hear."""
