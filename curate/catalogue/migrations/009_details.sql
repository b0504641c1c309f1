-- Cuts are counted by their reason; what differs from cut to cut of one reason stands beside it.
ALTER TABLE cuts ADD COLUMN detail TEXT NOT NULL DEFAULT '';
UPDATE cuts SET detail = substr(reason, instr(reason, '; ') + 2), reason = substr(reason, 1, instr(reason, '; ') - 1)
WHERE instr(reason, '; ') > 0;
