-- The parts of a recording (JSON, seconds) that its vectors were made of; NULL where it was whole.

ALTER TABLE vectors ADD COLUMN kept TEXT
