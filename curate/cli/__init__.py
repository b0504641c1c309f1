"""The command line: one thin file per command; no decision is made here."""
