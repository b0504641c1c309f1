-- Duplicates, folds and weights. assignments.windows: how many windows of the recording train,
-- NULL for each of them once.

CREATE TABLE clusters (                    -- recordings that hold the same sound, or parts of one tape
    recording INTEGER PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    cluster   INTEGER NOT NULL             -- the smallest number of a recording in it
);

CREATE TABLE matches (                     -- which stretches of two recordings are the same
    recording    INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    other        INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    ordinal      INTEGER NOT NULL,
    kind         TEXT NOT NULL,            -- bytes, samples, sound or metadata
    onset        REAL NOT NULL,            -- seconds in the recording
    offset       REAL NOT NULL,
    other_onset  REAL NOT NULL,            -- seconds in the other one
    other_offset REAL NOT NULL,
    score        REAL,
    PRIMARY KEY (recording, other, ordinal)
) WITHOUT ROWID;
CREATE INDEX matches_other ON matches (other);

CREATE TABLE more_labels (                 -- what other copies of the same sound are called
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    label     TEXT NOT NULL,
    PRIMARY KEY (recording, label)
) WITHOUT ROWID;

CREATE TABLE settings (                    -- standing choices of a step, for those after it
    step       TEXT PRIMARY KEY,
    parameters TEXT NOT NULL               -- JSON
);

ALTER TABLE assignments ADD COLUMN windows INTEGER;
