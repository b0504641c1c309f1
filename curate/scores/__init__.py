"""Arithmetic on what models and people say of recordings: pure functions, mostly on arrays."""
