"""What `strip-voice` and `trim` decide by columns, and what of it the ledger must say anew."""
