-- Where the vectors of a recording's windows lie: rows of a file of numbers beside the catalogue.

CREATE TABLE vectors (
    recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    layer     INTEGER NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    digest    TEXT NOT NULL,               -- of model, version, window and hop; names the file
    first     INTEGER NOT NULL,            -- row in the file
    windows   INTEGER NOT NULL,
    silent    INTEGER NOT NULL,            -- windows without sound, whose vectors are zeros
    PRIMARY KEY (recording, layer)
) WITHOUT ROWID;
CREATE INDEX vectors_first ON vectors (layer, digest, first)
