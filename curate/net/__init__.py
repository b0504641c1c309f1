"""The network: the only HTTP in curate, with the unpacking of what comes over it."""
