"""What several rooms share: the detection loop, the walk along the ledger, reports, credits."""
