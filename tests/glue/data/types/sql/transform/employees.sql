-- Passes on what the contract takes: for tests of values of every type.
CREATE OR REPLACE TEMPORARY VIEW curated_employees AS
SELECT id, code, letter, small, big, tiny, cents, wide, whole, real, flag, day, moment, tags, ingested_at, ingest_row
FROM raw
WHERE reason IS NULL;

CREATE OR REPLACE TEMPORARY VIEW quarantine AS
SELECT reason, raw_record, ingested_at, ingest_row, source_object FROM raw WHERE reason IS NOT NULL; -- all; 'that'

CREATE OR REPLACE TEMPORARY VIEW duplicates AS
SELECT id FROM raw WHERE 'a;b' = 'it''s not';
