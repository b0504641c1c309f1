-- Cuts are counted by their reason; what differs from cut to cut of one reason stands beside it.
ALTER TABLE cuts ADD COLUMN detail TEXT NOT NULL DEFAULT '';
UPDATE cuts SET detail = substr(reason, instr(reason, '; ') + 2), reason = substr(reason, 1, instr(reason, '; ') - 1)
WHERE instr(reason, '; ') > 0;
-- The lowest score of a segment of speech was called a threshold, as is the score from which voices are cut.
UPDATE layers
SET parameters = json_set(json_remove(parameters, '$.threshold'), '$.lowest_score', json_extract(parameters, '$.threshold'))
WHERE name = 'speech' AND json_extract(parameters, '$.threshold') IS NOT NULL;
-- The standing settings of trim are called as its options are.
UPDATE settings
SET parameters = json_set(json_remove(parameters, '$.head', '$.rare_head'),
                          '$.first_seconds', json_extract(parameters, '$.head'),
                          '$.rare_first_seconds', json_extract(parameters, '$.rare_head'))
WHERE step = 'trim' AND json_extract(parameters, '$.head') IS NOT NULL;
