"""Rows as people see them: tables, names, the story of a recording, what a report and a check count."""
