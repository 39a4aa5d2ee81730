-- +goose Up

-- The index of lists holds all that a list shows, so that a page deep in a long
-- list is not some fifty rows all over the table. An entry of an index has room
-- for 2,700 bytes. What is listed of a draft may be more, mostly a category;
-- then no inspection is stored, and lists inspect the state.
ALTER TABLE builder_drafts ADD COLUMN bytes bigint NOT NULL GENERATED ALWAYS AS (octet_length(state)) STORED;

UPDATE builder_drafts SET description = '', category = '', problem = left(problem, 100), inspected = 0
WHERE octet_length(description) + octet_length(category) + octet_length(problem) + octet_length(phase) > 1500;

-- It is the only one beside the primary key. In a partitioned table it has
-- another name.
-- +goose StatementBegin
DO $$
BEGIN
    EXECUTE (SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index WHERE indrelid = 'builder_drafts'::regclass AND NOT indisprimary);
END $$;
-- +goose StatementEnd
CREATE INDEX builder_drafts_by_update ON builder_drafts (owner, updated_at, session_id)
    INCLUDE (revision, schema_version, created_at, bytes, description, phase, category, problem, inspected, inspected_digest, digest)
    WHERE updated_at >= -62167219200000000;
