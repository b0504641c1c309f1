"""The verbs: one function per command, which reads the catalogue, calls the parts and writes back."""
