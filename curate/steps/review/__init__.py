"""A person decides: `review`, `map_`, `keep`, `cut`, `same`, `different`, `undo`."""
