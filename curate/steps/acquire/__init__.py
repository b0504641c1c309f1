"""Bring recordings in: `download`, `import_`, `split_work`, `merge`, `example`, and what they are made of."""
