-- All that the pipeline owns in the warehouse.
CREATE SCHEMA IF NOT EXISTS hr;
