-- What steps decided last, and what changed since: so a run with nothing to do asks and does nothing.

CREATE TABLE clock (                       -- one row
    now  INTEGER NOT NULL,                 -- rises with each outcome
    upto INTEGER NOT NULL                  -- the last recording of any outcome: what came later is new to all
);
INSERT INTO clock (now, upto) VALUES (1, 0);

CREATE TABLE outcomes (                    -- the latest of each step
    step    TEXT PRIMARY KEY,
    made_of TEXT NOT NULL,                 -- digest of its settings, and of the code
    at      INTEGER NOT NULL,              -- by the clock: what changed at this time or later is not in it
    upto    INTEGER NOT NULL,              -- the last recording that there was
    summary TEXT NOT NULL                  -- JSON: what the step counted
) WITHOUT ROWID;

CREATE TABLE changes (                     -- when what is known of a recording last changed; 0 stands for the set
    kind      TEXT NOT NULL,               -- table, and step or layer
    recording INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (kind, recording)
) WITHOUT ROWID;

-- Triggers note it, so that no writer can forget to.
CREATE TRIGGER recordings_update AFTER UPDATE ON recordings WHEN new.id <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'recordings', new.id, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER recordings_delete AFTER DELETE ON recordings WHEN old.id <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'recordings', old.id, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER labels_insert AFTER INSERT ON labels WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'labels', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER labels_update AFTER UPDATE ON labels WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'labels', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER labels_delete AFTER DELETE ON labels WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'labels', old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER given_labels_insert AFTER INSERT ON given_labels WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'given_labels', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER given_labels_update AFTER UPDATE ON given_labels WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'given_labels', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER given_labels_delete AFTER DELETE ON given_labels WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'given_labels', old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER more_labels_insert AFTER INSERT ON more_labels WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'more_labels', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER more_labels_update AFTER UPDATE ON more_labels WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'more_labels', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER more_labels_delete AFTER DELETE ON more_labels WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'more_labels', old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER coverage_insert AFTER INSERT ON coverage WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'coverage/' || new.layer, new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER coverage_update AFTER UPDATE ON coverage WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'coverage/' || new.layer, new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER coverage_delete AFTER DELETE ON coverage WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'coverage/' || old.layer, old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER cuts_insert AFTER INSERT ON cuts WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'cuts/' || new.step, new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER cuts_update AFTER UPDATE ON cuts WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'cuts/' || new.step, new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER cuts_delete AFTER DELETE ON cuts WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'cuts/' || old.step, old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
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
BEGIN INSERT INTO changes SELECT 'verdicts', old.other, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER copies_insert AFTER INSERT ON copies WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'copies', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER copies_update AFTER UPDATE ON copies WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'copies', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER copies_delete AFTER DELETE ON copies WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'copies', old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER clusters_insert AFTER INSERT ON clusters WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'clusters', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER clusters_update AFTER UPDATE ON clusters WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'clusters', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER clusters_delete AFTER DELETE ON clusters WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'clusters', old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER matches_insert AFTER INSERT ON matches WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'matches', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER matches_update AFTER UPDATE ON matches WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'matches', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER matches_delete AFTER DELETE ON matches WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'matches', old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER leaks_insert AFTER INSERT ON leaks WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'leaks', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER leaks_update AFTER UPDATE ON leaks WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'leaks', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER leaks_delete AFTER DELETE ON leaks WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'leaks', old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER assignments_insert_folds AFTER INSERT ON assignments WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'assignments/folds', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER assignments_update_folds AFTER UPDATE ON assignments WHEN new.recording <= (SELECT upto FROM clock) AND (new.fold IS NOT old.fold)
BEGIN INSERT INTO changes SELECT 'assignments/folds', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER assignments_delete_folds AFTER DELETE ON assignments WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'assignments/folds', old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER assignments_insert_shares AFTER INSERT ON assignments WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'assignments/shares', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER assignments_update_shares AFTER UPDATE ON assignments WHEN new.recording <= (SELECT upto FROM clock) AND (new.weight IS NOT old.weight OR new.copies IS NOT old.copies OR new.windows IS NOT old.windows)
BEGIN INSERT INTO changes SELECT 'assignments/shares', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER assignments_delete_shares AFTER DELETE ON assignments WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'assignments/shares', old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER taxa_insert AFTER INSERT ON taxa
BEGIN INSERT INTO changes SELECT 'taxa', 0, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER taxa_update AFTER UPDATE ON taxa WHEN (new.scientific_name IS NOT old.scientific_name OR new.common_name IS NOT old.common_name OR new.class_name IS NOT old.class_name OR new.inat_taxon_id IS NOT old.inat_taxon_id)
BEGIN INSERT INTO changes SELECT 'taxa', 0, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER taxa_delete AFTER DELETE ON taxa
BEGIN INSERT INTO changes SELECT 'taxa', 0, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER settings_insert AFTER INSERT ON settings
BEGIN INSERT INTO changes SELECT 'settings/' || new.step, 0, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER settings_update AFTER UPDATE ON settings
BEGIN INSERT INTO changes SELECT 'settings/' || new.step, 0, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER settings_delete AFTER DELETE ON settings
BEGIN INSERT INTO changes SELECT 'settings/' || old.step, 0, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER outsiders_insert AFTER INSERT ON outsiders
BEGIN INSERT INTO changes SELECT 'outsiders', 0, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER outsiders_update AFTER UPDATE ON outsiders
BEGIN INSERT INTO changes SELECT 'outsiders', 0, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER outsiders_delete AFTER DELETE ON outsiders
BEGIN INSERT INTO changes SELECT 'outsiders', 0, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
