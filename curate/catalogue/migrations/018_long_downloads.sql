-- Length of a downloaded file that was longer than allowed; NULL for all other misses. Earlier ones are tried again.

ALTER TABLE misses ADD COLUMN seconds REAL;

UPDATE misses SET final = 0 WHERE reason LIKE '%, more than --max-seconds'
