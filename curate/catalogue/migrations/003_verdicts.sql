-- What persons decided.

CREATE TABLE verdicts (                    -- what persons decided; never changed, only withdrawn
    id        INTEGER PRIMARY KEY,
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    onset     REAL NOT NULL,               -- seconds in the raw recording
    offset    REAL NOT NULL,
    judgement TEXT NOT NULL CHECK (judgement IN ('cut', 'keep', 'drop')),
    label     TEXT NOT NULL DEFAULT '',    -- what is heard there
    reviewer  TEXT NOT NULL,
    at        TEXT NOT NULL,               -- ISO 8601, UTC
    seen      TEXT NOT NULL DEFAULT '',    -- JSON: what the reviewer had before them
    withdrawn TEXT                         -- when it was undone; NULL while it stands
);
CREATE INDEX verdicts_recording ON verdicts (recording);
