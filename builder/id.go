package builder

import "github.com/google/uuid"

// ParseID reads a UUID in any of its four usual spellings, and nothing looser.
// Anything else is an *InvalidError that does not repeat it.
func ParseID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	// uuid.Parse lets any two characters stand for the braces.
	if err != nil || len(s) == 38 && (s[0] != '{' || s[37] != '}') {
		return uuid.Nil, &InvalidError{Field: "id", Problem: "is not a UUID"}
	}
	return id, nil
}

// CheckID refuses the nil UUID, which nobody's session has.
func CheckID(id uuid.UUID) error {
	if id == uuid.Nil {
		return &InvalidError{Field: "session_id", Problem: "is the nil UUID"}
	}
	return nil
}
