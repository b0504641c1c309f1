"""Bring recordings in: `download`, `import_`, `example`, and what they are made of."""
