"""Formats of annotated stretches, and of what models and annotators say of them."""
