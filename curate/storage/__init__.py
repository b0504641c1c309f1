"""Object storage: addresses, listings, local copies with a bounded cache, and publishing. The only fsspec."""
