-- One row a batch that was loaded: a batch loads once, whatever is repeated. Small, so that DISTSTYLE AUTO keeps a copy
-- on every node.
CREATE TABLE IF NOT EXISTS hr.load_ledger (
    batch_id VARCHAR(64) NOT NULL,
    loaded_date DATE NOT NULL,
    rows_staged BIGINT NOT NULL,
    rows_inserted BIGINT NOT NULL,
    rows_updated BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (batch_id)
)
DISTSTYLE AUTO
SORTKEY (loaded_date);
