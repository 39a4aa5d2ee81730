-- +goose Up

-- The index of lists holds all that a list shows, so that a page deep in a long
-- list is not some fifty rows each on another page of the table. An entry of an
-- index has room for 2,700 bytes. What the validator said of a draft may be more,
-- mostly a category; then listing is null, and lists read the row.
ALTER TABLE builder_drafts
    ADD COLUMN bytes bigint NOT NULL GENERATED ALWAYS AS (octet_length(state)) STORED,
    ADD COLUMN listing text[] COLLATE "C" GENERATED ALWAYS AS (
        CASE WHEN octet_length(description) + octet_length(phase) + octet_length(category) + octet_length(problem) <= 1500
        THEN ARRAY[description, phase, category, problem] END) STORED;

-- In a partitioned table the index has another name; operators may have made
-- others.
-- +goose StatementBegin
DO $$
DECLARE
    one regclass;
BEGIN
    FOR one IN SELECT indexrelid FROM pg_index WHERE indrelid = 'builder_drafts'::regclass AND NOT indisprimary
        AND pg_get_indexdef(indexrelid) LIKE '% (owner, updated_at, session_id) WHERE %' LOOP
        EXECUTE format('DROP INDEX %s', one);
    END LOOP;
END $$;
-- +goose StatementEnd
CREATE INDEX builder_drafts_by_update ON builder_drafts (owner, updated_at, session_id)
    INCLUDE (revision, schema_version, created_at, bytes, listing, inspected, inspected_digest, digest)
    WHERE updated_at >= -62167219200000000;
