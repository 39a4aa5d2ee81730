package transfer

import (
	"errors"
	"fmt"
)

// LeftOutError says what an export could not write. Everything else has been
// written, and the file can be imported.
type LeftOutError struct{ Problems []error }

func (e *LeftOutError) Error() string {
	return fmt.Sprintf("left out of the export: %v", errors.Join(e.Problems...))
}

// Unwrap gives every problem to errors.Is and errors.As.
func (e *LeftOutError) Unwrap() []error { return e.Problems }

func leftOut(problems []error) error {
	if len(problems) == 0 {
		return nil
	}
	return &LeftOutError{problems}
}
