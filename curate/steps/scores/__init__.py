"""What models say: `pseudo_label`, `audit`, `embed`, `similar`, `search`, `cluster`."""
