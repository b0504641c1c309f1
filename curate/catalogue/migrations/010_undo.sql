-- What makes an undo exact, and what a dataset must not share sounds with.

CREATE TABLE given_cuts (                  -- of recordings that persons judged: a step's own cuts, where it
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE, -- cannot decide them anew
    step      TEXT NOT NULL,
    ordinal   INTEGER NOT NULL,
    onset     REAL NOT NULL,
    offset    REAL NOT NULL,
    action    TEXT NOT NULL CHECK (action IN ('excise', 'mute', 'flag', 'drop')),
    reason    TEXT NOT NULL,
    score     REAL,
    producer  TEXT NOT NULL,
    detail    TEXT NOT NULL,
    PRIMARY KEY (recording, step, ordinal)
) WITHOUT ROWID;

CREATE TABLE outsiders (                   -- recordings that the dataset must share no sound with
    id           INTEGER PRIMARY KEY,
    place        TEXT NOT NULL,            -- the dataset, table or folder that holds them
    name         TEXT NOT NULL,            -- for people
    recording_id TEXT NOT NULL,            -- empty where there is none
    sha256       TEXT NOT NULL,
    duration     REAL NOT NULL,            -- seconds
    track        BLOB                      -- the fingerprint; NULL where it was not heard
);
CREATE INDEX outsiders_place ON outsiders (place);

CREATE TABLE leaks (                       -- recordings that share anything with outsiders
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    ordinal   INTEGER NOT NULL,
    place     TEXT NOT NULL,
    name      TEXT NOT NULL,
    kind      TEXT NOT NULL,               -- bytes, id, samples or sound
    onset     REAL NOT NULL,               -- seconds in the recording
    offset    REAL NOT NULL,
    other_onset  REAL NOT NULL,            -- seconds in the other one
    other_offset REAL NOT NULL,
    score     REAL,
    PRIMARY KEY (recording, ordinal)
) WITHOUT ROWID;

-- What an earlier version dropped as a leak stays out; it did not keep what it compared with.
INSERT INTO leaks
    SELECT recording, -1, '', substr(detail, instr(detail, ' s is ') + 6), 'sound', onset, offset, 0, 0, NULL
    FROM cuts WHERE step = 'dedupe' AND reason = 'leak'
