-- +goose Up

-- Times are microseconds since 1970 in UTC. Ids are 16 bytes. Every table is
-- STRICT, so that a stray UPDATE cannot leave a value of another type behind.

-- Owners are known by number elsewhere, to keep the indexes small. Numbers of
-- owners and drafts are never given out twice: what is left of a row that was
-- deleted by hand must not become another's.
CREATE TABLE builder_owners (
    owner INTEGER PRIMARY KEY AUTOINCREMENT,
    name  TEXT    NOT NULL UNIQUE
) STRICT;

-- gone_key is what a trace in builder_gone would have for this session.
-- description to problem are what the validator of version "inspected" said.
-- oldest is the lowest revision that is kept, kept is how many there are.
CREATE TABLE builder_drafts (
    draft          INTEGER PRIMARY KEY AUTOINCREMENT,
    owner          INTEGER NOT NULL,
    session_id     BLOB    NOT NULL CHECK (length(session_id) = 16),
    gone_key       BLOB    NOT NULL,
    revision       INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    bytes          INTEGER NOT NULL,
    description    TEXT    NOT NULL,
    phase          TEXT    NOT NULL,
    category       TEXT    NOT NULL,
    problem        TEXT    NOT NULL,
    inspected      INTEGER NOT NULL,
    oldest         INTEGER NOT NULL,
    kept           INTEGER NOT NULL,
    state          BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX builder_drafts_by_session ON builder_drafts (owner, session_id);
CREATE UNIQUE INDEX builder_drafts_by_gone_key ON builder_drafts (gone_key);

-- Holds everything that a listing shows, so that listing never reads a state.
CREATE INDEX builder_drafts_by_update ON builder_drafts
    (owner, updated_at, session_id, revision, schema_version, created_at, bytes, description, phase, category, problem, inspected);

-- A state that changes alone was changed by hand: what the validator said of
-- it no longer counts.
-- +goose StatementBegin
CREATE TRIGGER builder_drafts_by_hand AFTER UPDATE OF state ON builder_drafts
WHEN NEW.revision IS OLD.revision AND NEW.kept IS OLD.kept
BEGIN
    UPDATE builder_drafts SET inspected = 0 WHERE draft = NEW.draft;
END;
-- +goose StatementEnd

-- key is draft << 32 | revision: a session's saves append next to each other.
-- encoding says how content holds the state, see delta.go. checksum is the
-- CRC-32C of the state. Rows below the draft's oldest revision are kept only
-- because later ones are differences from them.
CREATE TABLE builder_draft_revisions (
    key            INTEGER PRIMARY KEY,
    schema_version INTEGER NOT NULL,
    saved_at       INTEGER NOT NULL,
    bytes          INTEGER NOT NULL,
    phase          TEXT    NOT NULL,
    encoding       INTEGER NOT NULL,
    checksum       INTEGER NOT NULL,
    content        BLOB    NOT NULL
) STRICT;

CREATE TABLE builder_pending (
    draft INTEGER NOT NULL,
    field TEXT    NOT NULL,
    text  TEXT    NOT NULL,
    PRIMARY KEY (draft, field)
) STRICT, WITHOUT ROWID;

-- terms are the entry's terms, a line each, for their removal.
CREATE TABLE builder_memory (
    memory     INTEGER PRIMARY KEY,
    owner      INTEGER NOT NULL,
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    created_at INTEGER NOT NULL,
    category   TEXT    NOT NULL,
    terms      TEXT    NOT NULL,
    entry      BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX builder_memory_by_id ON builder_memory (owner, id);
CREATE INDEX builder_memory_by_time ON builder_memory (owner, created_at, id);
CREATE INDEX builder_memory_by_category ON builder_memory (owner, category, created_at, id);

CREATE TABLE builder_memory_terms (
    owner      INTEGER NOT NULL,
    term       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    id         BLOB    NOT NULL,
    PRIMARY KEY (owner, term, created_at, id)
) STRICT, WITHOUT ROWID;

-- How many entries hold a term: counting them when asked would take longer the
-- commoner the term is.
CREATE TABLE builder_term_counts (
    owner   INTEGER NOT NULL,
    term    TEXT    NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (owner, term)
) STRICT, WITHOUT ROWID;

-- value is JSON text.
CREATE TABLE builder_preferences (
    owner INTEGER NOT NULL,
    field TEXT    NOT NULL,
    value TEXT    NOT NULL,
    never INTEGER NOT NULL,
    PRIMARY KEY (owner, field, value)
) STRICT, WITHOUT ROWID;

-- key is a digest of owner and session id; it tells neither.
CREATE TABLE builder_gone (
    key      BLOB    PRIMARY KEY NOT NULL,
    finished INTEGER NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
