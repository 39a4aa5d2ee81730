-- +goose Up

-- Of what a save takes the server, the default compression of the state was the
-- largest part, and lz4 takes a tenth of that. It is for states that are stored
-- from now on; those that are there are read as before. A server that was built
-- without lz4 goes on with its default.
-- +goose StatementBegin
DO $$
DECLARE
    one regclass;
BEGIN
    -- The setting does not pass from a partitioned table to its partitions.
    FOR one IN SELECT 'builder_drafts'::regclass UNION SELECT relid FROM pg_partition_tree('builder_drafts') LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN state SET COMPRESSION lz4', one);
    END LOOP;
EXCEPTION WHEN feature_not_supported THEN
    RAISE LOG 'builder_drafts keeps the default compression';
END $$;
-- +goose StatementEnd
