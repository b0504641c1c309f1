-- What archives answered, and where recordings came from.

ALTER TABLE recordings ADD COLUMN license_url TEXT;

CREATE TABLE answers (                     -- of archives, as they came, so that none is asked for twice
    id      INTEGER PRIMARY KEY,
    archive TEXT NOT NULL,
    request TEXT NOT NULL UNIQUE,          -- without any secret
    fetched TEXT NOT NULL,                 -- ISO 8601, UTC
    body    BLOB NOT NULL                  -- zlib
);

CREATE TABLE sources (                     -- every archive that led to a recording, and how it calls it
    archive    TEXT NOT NULL,
    archive_id TEXT NOT NULL,
    recording  INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    url        TEXT NOT NULL,
    PRIMARY KEY (archive, archive_id)
) WITHOUT ROWID;
CREATE INDEX sources_recording ON sources (recording);

CREATE TABLE misses (                      -- what could not be fetched
    archive    TEXT NOT NULL,
    archive_id TEXT NOT NULL,
    url        TEXT NOT NULL,
    reason     TEXT NOT NULL,
    final      INTEGER NOT NULL,           -- whether asking again is of no use: taken offline, no audio
    PRIMARY KEY (archive, archive_id)
) WITHOUT ROWID;
