package builder

import "slices"

// Phase is the part of a session that a question belongs to.
type Phase string

// The phases, in the order a session walks them.
const (
	PhaseBasics      Phase = "basics"
	PhasePersonality Phase = "personality"
	PhaseModel       Phase = "model"
	PhaseSkills      Phase = "skills"
	PhaseReview      Phase = "review"
)

var phases = []Phase{PhaseBasics, PhasePersonality, PhaseModel, PhaseSkills, PhaseReview}

// Phases returns the phases in order.
func Phases() []Phase { return slices.Clone(phases) }

// Valid reports whether p is one of the five phases.
func (p Phase) Valid() bool { return slices.Contains(phases, p) }

// Before reports whether p comes earlier in a session than q.
func (p Phase) Before(q Phase) bool { return slices.Index(phases, p) < slices.Index(phases, q) }
