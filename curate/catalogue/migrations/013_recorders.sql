-- How recordings were made, as their recorders say it.

CREATE TABLE recorders (
    recording      INTEGER PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    started        TEXT NOT NULL,          -- ISO 8601 by the recorder's clock, with its zone if it names one
    zone           TEXT NOT NULL,          -- Z, an offset, or 'none'; empty where there is no start
    clock          TEXT NOT NULL,          -- what is wrong with that clock; empty if nothing is known
    night          TEXT NOT NULL,          -- date on which it began: noon to noon, solar time
    site           TEXT NOT NULL,
    device         TEXT NOT NULL,
    serial         TEXT NOT NULL,
    gain           TEXT NOT NULL,
    battery        TEXT NOT NULL,          -- with its unit
    temperature    REAL,                   -- degrees Celsius
    filter         TEXT NOT NULL,
    time_expansion REAL NOT NULL,          -- how much slower the file plays than the sound was
    sunset         TEXT NOT NULL,          -- of its night, in its zone; empty where not known
    sunrise        TEXT NOT NULL,
    sources        TEXT NOT NULL,          -- JSON: which source each of these was taken from
    fields         TEXT NOT NULL,          -- JSON: all that was said: source, own name, value
    doubts         TEXT NOT NULL           -- JSON: where sources disagree, and what cannot be meant
);
CREATE INDEX recorders_night ON recorders (night)
