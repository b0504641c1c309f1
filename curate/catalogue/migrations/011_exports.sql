-- What was given out, and the clean copies that it still names.

ALTER TABLE copies ADD COLUMN sha256 TEXT;

CREATE TABLE exports (                     -- the latest of each place
    id        INTEGER PRIMARY KEY,
    path      NOT NULL UNIQUE,             -- relative when inside the dataset folder
    place     TEXT NOT NULL,               -- of the dataset then (a hash); empty where it moves along
    format    TEXT NOT NULL,
    options   TEXT NOT NULL,               -- JSON: how it was asked for
    at        TEXT NOT NULL,               -- ISO 8601, UTC
    rows      INTEGER NOT NULL,
    sha256    TEXT,                        -- of a file; NULL of a folder
    standing  TEXT NOT NULL,               -- JSON: choices of other steps that it followed
    states    BLOB NOT NULL                -- of every recording: its number, and a digest of what was said of it
);

CREATE TABLE export_copies (               -- clean copies that an export names, or links to
    export    INTEGER NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
    path      TEXT NOT NULL,
    digest    TEXT NOT NULL,               -- what the copy is made of
    sha256    TEXT,
    rows      INTEGER NOT NULL,
    PRIMARY KEY (export, path)
) WITHOUT ROWID;
CREATE INDEX export_copies_path ON export_copies (path);

CREATE TABLE old_copies (                  -- copies of other cuts, which an export names
    path      TEXT PRIMARY KEY,
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    digest    TEXT NOT NULL,
    frames    INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    sha256    TEXT,
    pieces    TEXT NOT NULL                -- JSON: the time map, as in pieces
) WITHOUT ROWID;
CREATE INDEX old_copies_recording ON old_copies (recording)
