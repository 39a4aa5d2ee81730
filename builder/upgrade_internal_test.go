package builder

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestUpgradeRunsTheStepsInOrder(t *testing.T) {
	step := func(mark string) func([]byte) ([]byte, error) {
		return func(b []byte) ([]byte, error) { return append(b, mark...), nil }
	}
	steps := []func([]byte) ([]byte, error){step(" 2"), step(" 3"), step(" 4")}
	for from, want := range map[uint32]string{1: "state 2 3 4", 2: "state 3 4", 3: "state 4", 4: "state"} {
		got, err := upgrade([]byte("state"), from, steps)
		if err != nil || string(got) != want {
			t.Errorf("from version %d: %q, %v; want %q", from, got, err, want)
		}
	}
}

func TestEveryOlderVersionHasAStep(t *testing.T) {
	if len(upgrades) != int(CurrentSchemaVersion)-1 {
		t.Errorf("%d steps lead to version %d", len(upgrades), CurrentSchemaVersion)
	}
}

// A step that fails makes the draft unreadable, not lost, and a save of it is
// refused like any other bad input.
func TestUpgradeFailure(t *testing.T) {
	cause := errors.New("phase is neither")
	_, err := upgrade([]byte("state"), 2, []func([]byte) ([]byte, error){nil, func([]byte) ([]byte, error) { return nil, cause }, nil})
	var invalid *InvalidError
	if !errors.As(err, &invalid) || invalid.Field != "state" || !strings.HasSuffix(err.Error(), "from schema version 2: phase is neither") {
		t.Errorf("%v", err)
	}
}

func TestDecodeStateUpgrades(t *testing.T) {
	id := uuid.MustParse("0195b2a4-0000-7000-8000-00000000000a")
	s := NewState(id, "A bot", Coding)
	state, _, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	saved := upgrades
	defer func() { upgrades = saved }()
	// As if the last step renamed a phase.
	upgrades = []func([]byte) ([]byte, error){func(b []byte) ([]byte, error) {
		return []byte(strings.Replace(string(b), `"phase":"start"`, `"phase":"basics"`, 1)), nil
	}}
	old := Draft{SessionID: id, SchemaVersion: 1, State: []byte(strings.Replace(string(state), `"phase":"basics"`, `"phase":"start"`, 1))}
	if s, err := DecodeState(old); err != nil || s.Phase != PhaseBasics {
		t.Errorf("%v, %v", s.Phase, err)
	}
	if i, err := CheckSave(old); err != nil || i.Phase != PhaseBasics {
		t.Errorf("%+v, %v", i, err)
	}
}
