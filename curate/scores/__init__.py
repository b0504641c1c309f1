"""Arithmetic on what models and persons say of recordings: pure functions, mostly on arrays."""
