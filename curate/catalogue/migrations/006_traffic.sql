-- How much was fetched from hosts that limit it by the day.

CREATE TABLE traffic (
    host  TEXT NOT NULL,
    hour  INTEGER NOT NULL,                -- since 1970, UTC
    bytes INTEGER NOT NULL,
    PRIMARY KEY (host, hour)
) WITHOUT ROWID;
