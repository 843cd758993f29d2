//go:build soak

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/internal/app"
	"parley/internal/store/storetest"
)

// largeMailbox returns a mailbox of about size bytes: mails of some kilobytes that quote the one before, and
// now and then have something attached.
func largeMailbox(size int) (mbox string, mails int) {
	var b strings.Builder
	b.Grow(size + size/100)
	random := rand.New(rand.NewPCG(1, 2))
	attached := strings.Repeat("JVBERi0xLjcKJeLjz9MKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRv\n", 800)
	before := "Nothing yet."
	for ; b.Len() < size; mails++ {
		var own strings.Builder
		for range 4 + random.IntN(12) {
			own.WriteString(saidOften[random.IntN(len(saidOften))] + " ")
		}
		fmt.Fprintf(&own, "\nThis is number %d.\n", mails)
		body := own.String() + "\nOn Monday, Tom Baker wrote:\n> " + strings.ReplaceAll(before, "\n", "\n> ") + "\n"
		before = own.String()
		if mails%20 != 7 {
			writeMail(&b, mails, body)
			continue
		}
		writePart(&b, mails, `multipart/mixed; boundary="cut"`, "--cut\nContent-Type: text/plain; charset=utf-8\n\n"+body+
			"\n--cut\nContent-Type: application/pdf; name=plan.pdf\nContent-Disposition: attachment; filename=plan.pdf\nContent-Transfer-Encoding: base64\n\n"+attached+"--cut--\n")
	}
	return b.String(), mails
}

func TestLargeMailboxIsImportedInLittleMemory(t *testing.T) {
	mbox, mails := largeMailbox(100 << 20) // not in parallel, for the figures
	for _, kind := range []struct {
		name string
		dsn  func(testing.TB) string
	}{{"sqlite", storetest.SQLite}, {"postgres", storetest.Postgres}} {
		t.Run(kind.name, func(t *testing.T) {
			s := start(t, kind.dsn(t))
			c := setUp(t, s).withToken()
			e := c.engagement("A large mailbox")
			idle := resident(t, s, "VmRSS")
			request := upload(t, e, "large", uploaded{"archive.mbox", mbox})
			began := time.Now()
			var i app.Import
			must(t, json.Unmarshal(c.must(request), &i))
			acknowledged := time.Since(began)
			atUpload := resident(t, s, "VmHWM")
			var seen []int64
			highest := 0
			for end := time.Now().Add(time.Hour); !i.Over() && time.Now().Before(end); time.Sleep(200 * time.Millisecond) { // as the page does
				i = c.importOf(i.ID)
				if len(seen) == 0 || i.Done != seen[len(seen)-1] {
					seen = append(seen, i.Done)
				}
				highest = max(highest, resident(t, s, "VmRSS"))
			}
			took := time.Since(began)
			if i.State != app.Done || i.New != mails || i.Done != i.Bytes || i.SkippedAll != 0 {
				t.Errorf("of %d mails the import says %+v", mails, i)
			}
			if !slices.IsSorted(seen) || len(seen) < 10 { // a mailbox is put in order in steps of 8 MB
				t.Errorf("progress was %v", seen)
			}
			t.Logf("%d bytes, %d mails, %d findings: acknowledged after %v, done after %v, %.0f mails/s; %d steps of progress; resident %d MB idle, %d MB at most by the upload's end, %d MB at most while it was read, peak %d MB",
				i.Bytes, i.New, i.Findings, acknowledged.Round(time.Millisecond), took.Round(time.Millisecond), float64(i.New)/took.Seconds(), len(seen),
				idle, atUpload, highest, resident(t, s, "VmHWM"))
			if peak := resident(t, s, "VmHWM"); peak > residentMost {
				t.Errorf("the server took %d MB, want at most %d", peak, residentMost)
			}
			s.stop()
		})
	}
}

// residentMost is how much memory a server may take, in MB, however large what it reads is.
const residentMost = 400

// resident returns a figure of the memory of a server, in MB; 0 where the system does not say.
func resident(t testing.TB, s *server, field string) (mb int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	must(t, err)
	for line := range strings.Lines(string(status)) {
		if name, value, _ := strings.Cut(line, ":"); name == field {
			kb, err := strconv.Atoi(strings.Fields(value)[0])
			must(t, err)
			mb = kb >> 10
		}
	}
	return mb
}
