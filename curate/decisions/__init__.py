"""Pure decisions: from layers and settings to cuts, free of input and output."""
