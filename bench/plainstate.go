package main

import "github.com/google/uuid"

// plainState is what a program decodes a state into that does not mind losing
// what it does not know.
type plainState struct {
	SessionID    uuid.UUID `json:"session_id"`
	Phase        string    `json:"phase"`
	Description  string    `json:"initial_description"`
	Purpose      any       `json:"purpose_category"`
	Conversation []struct {
		Question   string `json:"question"`
		Answer     string `json:"answer"`
		Phase      string `json:"phase"`
		Field      string `json:"field"`
		Superseded bool   `json:"superseded"`
	} `json:"conversation"`
	Config struct {
		Name        *string  `json:"name"`
		Description *string  `json:"description"`
		Category    *string  `json:"category"`
		Tags        []string `json:"tags"`
		Tone        *string  `json:"tone"`
		Traits      []string `json:"traits"`
		Purpose     *string  `json:"purpose"`
		Boundaries  *string  `json:"boundaries"`
		Model       *string  `json:"model"`
		Temperature *float64 `json:"temperature"`
		MaxTokens   *uint32  `json:"max_tokens"`
		Skills      []struct {
			Name        string `json:"name"`
			Description string `json:"description"`
			SkillType   string `json:"skill_type"`
		} `json:"skills"`
	} `json:"config"`
	PhaseHistory []string          `json:"phase_history"`
	Sources      map[string]string `json:"sources"`
}
