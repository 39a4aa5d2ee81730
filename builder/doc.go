// Package builder holds the nouns of the bot builder and the contract that
// every store keeps.
//
// A [State] is what a guided session has gathered. It is stored as a [Draft]
// while the session is unfinished, and leaves a [MemoryEntry] behind when it
// is. [Store] is one owner's view of both; [Database] is what crosses owners.
//
// The package knows no database and no screen. Everything that decides whether
// bytes are a state lives here, once: [DecodeState] reads them, [Inspect] says
// what a listing may show of them, and [CheckSave] says whether a store may
// accept them.
package builder
