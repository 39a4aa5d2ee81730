package builder

// Source is how a config value came to be.
type Source string

// The sources. One that this program does not know is kept, and counts as
// little as a default.
const (
	Chosen   Source = "chosen"   // typed or picked
	Accepted Source = "accepted" // a suggestion taken
	Default  Source = "default"  // nobody decided
	Imported Source = "imported" // from a file; someone chose it elsewhere
)

// Decided reports whether a person stood behind the value.
func (s Source) Decided() bool { return s == Chosen || s == Accepted || s == Imported }
