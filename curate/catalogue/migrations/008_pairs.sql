-- Verdicts on pairs: whether two recordings hold the same sound.

CREATE TABLE verdicts_3 (                  -- what persons decided; never changed, only withdrawn
    id        INTEGER PRIMARY KEY,
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    onset     REAL NOT NULL,               -- seconds in the raw recording
    offset    REAL NOT NULL,
    judgement TEXT NOT NULL
        CHECK (judgement IN ('cut', 'keep', 'drop', 'relabel', 'also', 'same', 'different')),
    label     TEXT NOT NULL DEFAULT '',    -- what is heard there
    reviewer  TEXT NOT NULL,
    at        TEXT NOT NULL,               -- ISO 8601, UTC
    seen      TEXT NOT NULL DEFAULT '',    -- JSON: what the reviewer had before them
    withdrawn TEXT,                        -- when it was undone; NULL while it stands
    other     INTEGER REFERENCES recordings (id) ON DELETE CASCADE  -- of a pair, the other recording
);
INSERT INTO verdicts_3
    SELECT id, recording, onset, offset, judgement, label, reviewer, at, seen, withdrawn, NULL FROM verdicts;
DROP TABLE verdicts;
ALTER TABLE verdicts_3 RENAME TO verdicts;
CREATE INDEX verdicts_recording ON verdicts (recording);
CREATE INDEX verdicts_other ON verdicts (other) WHERE other IS NOT NULL;
