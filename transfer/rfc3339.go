package transfer

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/boternity/boternity/builder"
)

var rfc3339 = regexp.MustCompile(`^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$`)

// parseTime reads any RFC 3339 time, cut to microseconds. time.Parse knows no
// lower-case letters and no leap seconds; a leap second is here, as in every
// count of seconds, the first instant of the next minute. The separating space
// is one that RFC 3339 allows.
func parseTime(s string) (time.Time, bool) {
	part := rfc3339.FindStringSubmatch(s)
	if part == nil {
		return time.Time{}, false
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(part[i]) // digits, or no offset, which is 0
		return n
	}
	day := time.Date(number(1), time.Month(number(2)), number(3), 0, 0, 0, 0, time.UTC)
	if int(day.Month()) != number(2) || day.Day() != number(3) {
		return time.Time{}, false // time.Date went on into another month
	}
	hour, minute, second := number(4), number(5), number(6)
	offsetHour, offsetMinute := number(9), number(10)
	if hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59 {
		return time.Time{}, false
	}
	micros, _ := strconv.Atoi((part[7] + strings.Repeat("0", 6))[:6])
	offset := time.Duration(offsetHour)*time.Hour + time.Duration(offsetMinute)*time.Minute
	if part[8] == "-" {
		offset = -offset
	}
	t := day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(micros)*time.Microsecond - offset)
	if t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}, false // in UTC it has no four-digit year to be written with
	}
	return builder.StoredTime(t), true
}
