package parley

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
	"sync"
	"time"
)

// Ids are a prefix for their kind and 26 letters and digits that sort by the time they were made:
// "con_01k8yq3v5n6r7s8t9v0w1x2y3z". Each kind has a type of its own, so that the compiler catches swapped
// arguments.
type (
	WorkspaceID    string // wsp_
	MemberID       string // mem_
	TokenID        string // tok_
	EngagementID   string // eng_
	StakeholderID  string // sta_
	ConversationID string // cnv_
	MessageID      string // msg_
	FindingID      string // fin_
	ConcernID      string // con_
	MergeID        string // mrg_
	ViewID         string // vew_
	ImportID       string // imp_
	EventID        string // evt_
)

// idAlphabet is Crockford's base 32, in lower case: no i, l, o, u.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// An IDs makes ids. The zero value is ready; it is safe for concurrent use.
type IDs struct {
	mu     sync.Mutex
	hi, lo uint64 // of the last one
}

// idStep bounds how far an id lies after another of the same millisecond: far enough that two processes do not meet.
const idStep = 1 << 40

// New returns the letters and digits of a new id: 48 bits of milliseconds since 1970, then 80 bits of chance. It sorts
// after all that ids has made before; made in one millisecond, or when the clock went back, it lies a chance step after the last.
func (ids *IDs) New(now time.Time) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	hi := uint64(now.UnixMilli())<<16 | uint64(binary.BigEndian.Uint16(b[:2]))
	lo := binary.BigEndian.Uint64(b[8:])
	ids.mu.Lock()
	defer ids.mu.Unlock()
	if hi>>16 <= ids.hi>>16 {
		var carry uint64
		lo, carry = bits.Add64(ids.lo, 1+lo%idStep, 0)
		hi = ids.hi + carry
	}
	ids.hi, ids.lo = hi, lo
	return encodeID(hi, lo)
}

// encodeID writes 128 bits as 26 symbols of 5 bits, the first holding 3.
func encodeID(hi, lo uint64) string {
	var out [26]byte
	for i := 25; i >= 0; i-- {
		out[i] = idAlphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:])
}

// CheckID returns an Invalid error unless id is prefix, "_" and 26 symbols of an id.
func CheckID(prefix, id string) error {
	rest, ok := strings.CutPrefix(id, prefix+"_")
	if !ok || len(rest) != 26 || strings.Trim(rest, idAlphabet) != "" {
		return &Error{Code: Invalid, Field: "id", Message: fmt.Sprintf("%q is no id of the kind %s_…", id, prefix)}
	}
	return nil
}
