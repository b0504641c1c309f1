-- Verdicts on likeness: whether a window is what a search looks for.

CREATE TABLE verdicts_4 (                  -- what persons decided; never changed, only withdrawn
    id        INTEGER PRIMARY KEY,
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    onset     REAL NOT NULL,               -- seconds in the raw recording
    offset    REAL NOT NULL,
    judgement TEXT NOT NULL
        CHECK (judgement IN
            ('cut', 'keep', 'drop', 'relabel', 'also', 'same', 'different', 'like', 'unlike')),
    label     TEXT NOT NULL DEFAULT '',    -- what is heard there; of 'like' and 'unlike' the search
    reviewer  TEXT NOT NULL,
    at        TEXT NOT NULL,               -- ISO 8601, UTC
    seen      TEXT NOT NULL DEFAULT '',    -- JSON: what the reviewer had before them
    withdrawn TEXT,                        -- when it was undone; NULL while it stands
    other     INTEGER REFERENCES recordings (id) ON DELETE CASCADE  -- of a pair, the other recording
);
INSERT INTO verdicts_4
    SELECT id, recording, onset, offset, judgement, label, reviewer, at, seen, withdrawn, other FROM verdicts;
DROP TABLE verdicts;
ALTER TABLE verdicts_4 RENAME TO verdicts;
CREATE INDEX verdicts_recording ON verdicts (recording);
CREATE INDEX verdicts_other ON verdicts (other) WHERE other IS NOT NULL;
CREATE TRIGGER verdicts_insert AFTER INSERT ON verdicts WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'verdicts', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER verdicts_update AFTER UPDATE ON verdicts WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'verdicts', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER verdicts_delete AFTER DELETE ON verdicts WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'verdicts', old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER verdicts_insert_other AFTER INSERT ON verdicts WHEN new.other <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'verdicts', new.other, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER verdicts_update_other AFTER UPDATE ON verdicts WHEN new.other <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'verdicts', new.other, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER verdicts_delete_other AFTER DELETE ON verdicts WHEN old.other <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'verdicts', old.other, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END