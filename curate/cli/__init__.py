"""The command line: one thin file per command. Decisions are made elsewhere."""
