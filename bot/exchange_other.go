//go:build !linux && !darwin

package bot

import (
	"errors"
	"os"
)

// exchange is for systems that can swap two entries in one step.
func exchange(*os.Root, string, string) error { return errors.ErrUnsupported }
