-- What recorders say is watched as all else is.
CREATE TRIGGER recorders_insert AFTER INSERT ON recorders WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'recorders', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER recorders_update AFTER UPDATE ON recorders WHEN new.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'recorders', new.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
CREATE TRIGGER recorders_delete AFTER DELETE ON recorders WHEN old.recording <= (SELECT upto FROM clock)
BEGIN INSERT INTO changes SELECT 'recorders', old.recording, now FROM clock WHERE true ON CONFLICT DO UPDATE SET at = excluded.at; END;
