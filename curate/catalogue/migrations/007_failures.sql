-- Clean copies that could not be made.

CREATE TABLE unrendered (                  -- by the latest rendering
    recording INTEGER PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    reason    TEXT NOT NULL
);
