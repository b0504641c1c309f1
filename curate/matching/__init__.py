"""Finding the same sound in two recordings, from the peaks that a fingerprint keeps of each."""
