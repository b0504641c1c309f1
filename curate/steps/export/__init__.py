"""Write what a trainer reads: `manifest`, and let go of what no export needs: `clean_up`."""
