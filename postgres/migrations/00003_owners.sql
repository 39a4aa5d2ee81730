-- +goose Up

-- Most owners have few drafts, and some have many. Where the planner expects one
-- or two of every owner, it reads all that an owner has and sorts them as gladly
-- as it reads a page in the order of the index, whose tree may be a level higher
-- than that of the primary key; and a plan is kept for owners of all kinds. So it
-- is told that there are few owners, of whom each has many.
-- +goose StatementBegin
DO $$
DECLARE
    one regclass;
BEGIN
    FOR one IN SELECT t FROM unnest(ARRAY['builder_drafts', 'builder_memory']::regclass[]) t
        UNION SELECT relid FROM unnest(ARRAY['builder_drafts', 'builder_memory']::regclass[]) t, pg_partition_tree(t) LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN owner SET (n_distinct = 100, n_distinct_inherited = 100)', one);
    END LOOP;
    -- What it is told counts from the next ANALYZE on. One of empty tables would
    -- have it read them whole while they grow.
    IF EXISTS (SELECT FROM builder_drafts) THEN
        ANALYZE builder_drafts;
    END IF;
    IF EXISTS (SELECT FROM builder_memory) THEN
        ANALYZE builder_memory;
    END IF;
END $$;
-- +goose StatementEnd
