-- +goose Up

-- Times are microseconds since 1970 in UTC. The owner's name leads every key
-- and index, so that each table can be partitioned or distributed by it;
-- builder_gone, whose rows must not tell whose they are, by its own key. Text
-- is compared by its bytes. What may hold any bytes at all is bytea.
--
-- Indexes in the order of a list are partial, though no row is left out: only
-- the lists ask for times from the first there can be on. Else the planner,
-- where statistics say that owners have few rows, would look a single row up in
-- the whole list of its owner as gladly as in the primary key.

-- description to problem are what the validator of version "inspected" said of
-- the state that has the digest "inspected_digest". oldest is the lowest
-- revision that is kept, kept is how many there are.
CREATE TABLE builder_drafts (
    owner            text COLLATE "C" NOT NULL,
    session_id       uuid   NOT NULL CHECK (session_id <> '00000000-0000-0000-0000-000000000000'),
    revision         bigint NOT NULL CHECK (revision BETWEEN 1 AND 4294967294),
    schema_version   bigint NOT NULL CHECK (schema_version BETWEEN 0 AND 4294967295),
    created_at       bigint NOT NULL CHECK (created_at BETWEEN -62167219200000000 AND 253402300799999999),
    updated_at       bigint NOT NULL CHECK (updated_at BETWEEN -62167219200000000 AND 253402300799999999),
    description      text COLLATE "C" NOT NULL,
    phase            text COLLATE "C" NOT NULL,
    category         text COLLATE "C" NOT NULL,
    problem          text COLLATE "C" NOT NULL,
    inspected        bigint NOT NULL,
    inspected_digest bytea  NOT NULL,
    oldest           bigint NOT NULL CHECK (oldest BETWEEN 1 AND revision),
    kept             bigint NOT NULL CHECK (kept >= 1),
    state            bytea  NOT NULL,
    digest           bytea  NOT NULL GENERATED ALWAYS AS (sha256(state)) STORED,
    PRIMARY KEY (owner, session_id)
);

CREATE INDEX builder_drafts_by_update ON builder_drafts (owner, updated_at, session_id) WHERE updated_at >= -62167219200000000;

-- encoding says how content holds the state, see internal/history. checksum is
-- the CRC-32C of the state. Rows below the draft's oldest revision are kept
-- only because later ones are differences from them.
CREATE TABLE builder_draft_revisions (
    owner          text COLLATE "C" NOT NULL,
    session_id     uuid    NOT NULL,
    revision       bigint  NOT NULL CHECK (revision BETWEEN 1 AND 4294967294),
    schema_version bigint  NOT NULL CHECK (schema_version BETWEEN 0 AND 4294967295),
    saved_at       bigint  NOT NULL CHECK (saved_at BETWEEN -62167219200000000 AND 253402300799999999),
    bytes          bigint  NOT NULL CHECK (bytes BETWEEN 0 AND 2147483647),
    phase          text COLLATE "C" NOT NULL,
    encoding       integer NOT NULL,
    checksum       bigint  NOT NULL CHECK (checksum BETWEEN 0 AND 4294967295),
    content        bytea   NOT NULL,
    PRIMARY KEY (owner, session_id, revision)
);

-- It is compressed already.
ALTER TABLE builder_draft_revisions ALTER COLUMN content SET STORAGE EXTERNAL;

-- key is a digest of the field: a put row's may be too long for an index.
CREATE TABLE builder_pending (
    owner      text COLLATE "C" NOT NULL,
    session_id uuid  NOT NULL,
    key        bytea NOT NULL,
    field      bytea NOT NULL,
    text       bytea NOT NULL,
    PRIMARY KEY (owner, session_id, key)
);

-- terms are the entry's terms, for their removal. category_key is a digest of
-- the category, which may be too long for an index.
CREATE TABLE builder_memory (
    owner        text COLLATE "C" NOT NULL,
    id           uuid   NOT NULL CHECK (id <> '00000000-0000-0000-0000-000000000000'),
    created_at   bigint NOT NULL CHECK (created_at BETWEEN -62167219200000000 AND 253402300799999999),
    category     text COLLATE "C" NOT NULL,
    category_key bytea  NOT NULL,
    terms        text[] COLLATE "C" NOT NULL,
    entry        bytea  NOT NULL,
    PRIMARY KEY (owner, id)
);

CREATE INDEX builder_memory_by_time ON builder_memory (owner, created_at, id) WHERE created_at >= -62167219200000000;
CREATE INDEX builder_memory_by_category ON builder_memory (owner, category_key, created_at, id) WHERE created_at >= -62167219200000000;

CREATE TABLE builder_memory_terms (
    owner      text COLLATE "C" NOT NULL,
    term       text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    id         uuid   NOT NULL,
    PRIMARY KEY (owner, term, created_at, id)
);

-- How many entries hold a term: counting them when asked would take longer the
-- commoner the term is.
CREATE TABLE builder_term_counts (
    owner   text COLLATE "C" NOT NULL,
    term    text COLLATE "C" NOT NULL,
    entries bigint NOT NULL,
    PRIMARY KEY (owner, term)
);

-- key is a digest of field and value; value is JSON text.
CREATE TABLE builder_preferences (
    owner text COLLATE "C" NOT NULL,
    key   bytea   NOT NULL,
    field bytea   NOT NULL,
    value bytea   NOT NULL,
    never boolean NOT NULL,
    PRIMARY KEY (owner, key)
);

-- A row for every session that is under way (ended = 0), was deleted (1) or has
-- finished (2). key is a digest of owner and session id; it tells neither.
-- Because a session is entered here before it is created, nothing can create
-- it while it ends elsewhere, or end it unseen while it is created.
CREATE TABLE builder_gone (
    key   bytea    NOT NULL CHECK (octet_length(key) = 16),
    ended smallint NOT NULL CHECK (ended BETWEEN 0 AND 2),
    at    bigint   NOT NULL CHECK (at BETWEEN -62167219200000000 AND 253402300799999999),
    PRIMARY KEY (key)
);
