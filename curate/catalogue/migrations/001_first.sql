-- The catalogue as it began.

CREATE TABLE recordings (
    id          INTEGER PRIMARY KEY,
    archive     TEXT NOT NULL,
    archive_id  TEXT NOT NULL,
    path        NOT NULL UNIQUE,           -- relative when inside the dataset folder
    status      TEXT NOT NULL CHECK (status IN ('ok', 'failed')),
    problem     TEXT,                      -- the decoder's words
    sha256      TEXT,
    bytes       INTEGER,
    mtime_ns    INTEGER,
    frames      INTEGER,                   -- samples per channel
    duration    REAL,                      -- seconds
    sr          INTEGER,                   -- Hz
    channels    INTEGER,
    format      TEXT,
    codec       TEXT,
    recordist   TEXT,
    license     TEXT,
    url         TEXT,
    latitude    REAL,
    longitude   REAL,
    elevation   TEXT,
    country     TEXT,
    locality    TEXT,
    date        TEXT,
    time        TEXT,
    rating      REAL,
    remarks     TEXT,
    sound_type  TEXT,
    sex         TEXT,
    stage       TEXT,
    device      TEXT,
    extra       TEXT,                      -- JSON: what a table knew beyond these columns
    UNIQUE (archive, archive_id)
);
CREATE INDEX recordings_sha256 ON recordings (sha256);

CREATE TABLE taxa (
    label           TEXT PRIMARY KEY,
    scientific_name TEXT NOT NULL DEFAULT '',
    common_name     TEXT NOT NULL DEFAULT '',
    class_name      TEXT NOT NULL DEFAULT '',
    inat_taxon_id   TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

CREATE TABLE labels (
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    ordinal   INTEGER NOT NULL,
    label     TEXT NOT NULL,
    role      TEXT NOT NULL CHECK (role IN ('primary', 'secondary')),
    PRIMARY KEY (recording, ordinal)
) WITHOUT ROWID;

CREATE TABLE layers (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    producer   TEXT NOT NULL,
    version    TEXT NOT NULL,
    parameters TEXT NOT NULL               -- JSON, as last used
);

CREATE TABLE coverage (
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    layer     INTEGER NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    status    TEXT NOT NULL CHECK (status IN ('ok', 'failed')),
    reason    TEXT,                        -- why it failed
    digest    TEXT NOT NULL,               -- of the version and parameters that looked
    PRIMARY KEY (recording, layer)
) WITHOUT ROWID;

CREATE TABLE segments (
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    layer     INTEGER NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    ordinal   INTEGER NOT NULL,
    onset     REAL NOT NULL,               -- seconds in the raw recording
    offset    REAL NOT NULL,
    label     TEXT NOT NULL,
    score     REAL,
    low_freq  REAL,                        -- Hz
    high_freq REAL,
    extra     TEXT,                        -- JSON: measures peculiar to one detector
    PRIMARY KEY (recording, layer, ordinal)
) WITHOUT ROWID;

CREATE TABLE tracks (
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    layer     INTEGER NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    version   TEXT NOT NULL,
    data      BLOB NOT NULL,
    PRIMARY KEY (recording, layer)
);

CREATE TABLE cuts (
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    step      TEXT NOT NULL,
    ordinal   INTEGER NOT NULL,
    onset     REAL NOT NULL,
    offset    REAL NOT NULL,
    action    TEXT NOT NULL CHECK (action IN ('excise', 'mute', 'flag', 'drop')),
    reason    TEXT NOT NULL,
    score     REAL,
    producer  TEXT NOT NULL,
    PRIMARY KEY (recording, step, ordinal)
) WITHOUT ROWID;

CREATE TABLE copies (                      -- rendered clean copies
    recording INTEGER PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    path      TEXT NOT NULL UNIQUE,        -- relative to the dataset folder
    digest    TEXT,                        -- of the cuts and the format; NULL while being written
    frames    INTEGER,
    bytes     INTEGER
);

CREATE TABLE pieces (                      -- the time map of a clean copy, in frames
    recording   INTEGER NOT NULL REFERENCES copies (recording) ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL,
    clean_start INTEGER NOT NULL,
    raw_start   INTEGER NOT NULL,
    frames      INTEGER NOT NULL,
    PRIMARY KEY (recording, ordinal)
) WITHOUT ROWID;

CREATE TABLE assignments (
    recording INTEGER PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    fold      INTEGER,
    weight    REAL NOT NULL DEFAULT 1,
    copies    INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE runs (
    id         INTEGER PRIMARY KEY,
    command    TEXT NOT NULL,
    parameters TEXT NOT NULL,              -- JSON
    version    TEXT NOT NULL,
    host       TEXT NOT NULL,
    pid        INTEGER NOT NULL,
    started    TEXT NOT NULL,              -- ISO 8601, UTC
    ended      TEXT,
    outcome    TEXT,                       -- done, failed, interrupted or killed; NULL while it runs
    counts     TEXT                        -- JSON: the summary
);
