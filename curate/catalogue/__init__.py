"""The catalogue: the only SQL in curate, and the dataset folder around it."""
