"""Look inside: `status`, `report`, `explain`, `show`, `check`, `dump`, `config`, `doctor`."""
