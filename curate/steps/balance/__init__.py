"""Make a set even: `split`, `windows`, `upsample`."""
