// Package transfer moves drafts and memory between databases and files.
//
// [Adopt] takes over the rows of a Boternity file without changing it. The
// exports write JSON lines, one draft or one memory entry a line, which the
// imports read back byte for byte. All of them may be repeated: what is
// already there is found to be, and a row is never replaced by another.
//
// # Draft lines
//
// A line of a draft export is an object of session_id, schema_version,
// revision, created_at, updated_at, state and, where a text has been typed and
// not answered, pending: field → text. The state is embedded as it is stored,
// to the byte. Where that is impossible, because the state could not be saved
// as it is (unreadable, over a limit) or holds a line break, state_base64 takes
// its place. Kept history is not exported: the draft goes on from its revision
// with a history that begins there. Pending text is imported only with a draft
// that was not there before; an older text never comes back beside a session
// that has gone on. The members status and problem, which listings show beside
// these, are ignored; any other member is refused, since dropping it unseen
// would lose it.
//
// # Memory lines
//
// A line of a memory export is the JSON of [builder.MemoryEntry]. An entry that
// could not be recorded as it is (unreadable, over a limit) is an object of id,
// created_at and entry_base64 instead, its bytes as they are stored.
package transfer
