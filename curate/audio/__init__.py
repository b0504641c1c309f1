"""Sound files in, sound files out: the only package that decodes, resamples, splices or encodes."""
