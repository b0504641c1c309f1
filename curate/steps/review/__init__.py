"""A person decides: `review`, `keep`, `cut`, `same`, `different`, `undo`."""
