package listen

import (
	"io"
	"io/fs"
	"iter"
	"path"
	"sort"

	"parley"
)

// IsMaildir reports whether fsys is a Maildir: a folder with "cur" and "new" in it.
func IsMaildir(fsys fs.FS) bool {
	for _, dir := range []string{"cur", "new"} {
		if info, err := fs.Stat(fsys, dir); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// Maildir yields the mails of the Maildir fsys, called name, in thread order within Options.Window. What
// is being delivered (tmp) is left alone. A mail's Source is name and its file.
func Maildir(name string, fsys fs.FS, o Options) iter.Seq2[parley.Message, error] {
	return func(yield func(parley.Message, error) bool) {
		s := &source{name: name, o: o, yield: yield}
		t := &threader{s: s, window: o.window()}
		var files []string
		for _, dir := range []string{"cur", "new"} {
			entries, err := fs.ReadDir(fsys, dir)
			if err != nil {
				s.fail(dir, err)
			}
			for _, e := range entries {
				if e.Type().IsRegular() && e.Name()[0] != '.' {
					files = append(files, path.Join(dir, e.Name()))
				}
			}
		}
		sort.Slice(files, func(i, j int) bool { return path.Base(files[i]) < path.Base(files[j]) })
		for _, file := range files {
			if s.stopped {
				return
			}
			raw, err := readFile(fsys, file, o.maxPart())
			if err != nil {
				s.fail(file, err)
				continue
			}
			m, errs := parseMail(raw, o.maxPart())
			for _, err := range errs {
				s.fail(file, err)
			}
			if m != nil {
				m.Source = path.Join(name, file)
				t.add(*m)
			}
		}
		t.flush()
		if s.sent == 0 && s.failed == 0 && !s.stopped {
			s.fail("", ErrNothing)
		}
	}
}

func readFile(fsys fs.FS, name string, most int) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(most)))
}
