-- Verdicts on labels, and what a recording was called before.

CREATE TABLE given_labels (                -- of recordings that persons relabelled: the archive's own words
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    ordinal   INTEGER NOT NULL,
    label     TEXT NOT NULL,
    role      TEXT NOT NULL CHECK (role IN ('primary', 'secondary')),
    PRIMARY KEY (recording, ordinal)
) WITHOUT ROWID;

CREATE TABLE verdicts_2 (                  -- what persons decided; never changed, only withdrawn
    id        INTEGER PRIMARY KEY,
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    onset     REAL NOT NULL,               -- seconds in the raw recording
    offset    REAL NOT NULL,
    judgement TEXT NOT NULL CHECK (judgement IN ('cut', 'keep', 'drop', 'relabel', 'also')),
    label     TEXT NOT NULL DEFAULT '',    -- what is heard there
    reviewer  TEXT NOT NULL,
    at        TEXT NOT NULL,               -- ISO 8601, UTC
    seen      TEXT NOT NULL DEFAULT '',    -- JSON: what the reviewer had before them
    withdrawn TEXT                         -- when it was undone; NULL while it stands
);
INSERT INTO verdicts_2 SELECT id, recording, onset, offset, judgement, label, reviewer, at, seen, withdrawn
FROM verdicts;
DROP TABLE verdicts;
ALTER TABLE verdicts_2 RENAME TO verdicts;
CREATE INDEX verdicts_recording ON verdicts (recording);
