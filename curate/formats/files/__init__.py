"""Audio files by name, and files written whole: what every format stands on."""
