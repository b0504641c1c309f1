"""Write what a trainer reads: `manifest`, and what its rows are made of."""
