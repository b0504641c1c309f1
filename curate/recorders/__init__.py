"""What recorders write about themselves: in their files, in names, and in files next to them.

One module per source turns bytes or text into a `RecorderClaim`; `combine` makes one set of facts of
several claims and says where they disagree. Only `read` opens files.
"""
