package builder

import "time"

// TimeFormat is how times are written: RFC 3339, UTC, microseconds.
const TimeFormat = "2006-01-02T15:04:05.000000Z07:00"

// FormatTime writes t as every door shows it.
func FormatTime(t time.Time) string { return t.UTC().Format(TimeFormat) }

// StoredTime is t as stores keep it: UTC, cut to microseconds.
func StoredTime(t time.Time) time.Time { return time.UnixMicro(t.UnixMicro()).UTC() }
