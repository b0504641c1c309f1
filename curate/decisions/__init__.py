"""Pure decisions: from layers and settings to cuts, without any input or output."""
