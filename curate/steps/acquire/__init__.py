"""Bring recordings in: `download`, `import_`, `example`, in parts and together: `split_work`,
`merge`; and what they are made of.
"""
