// Parley hears resistance to advice in conversations, and helps to answer it.
//
// The tour: read.go is the main job, from files to findings; model.go trains, measures and applies
// models; print.go is how results look; serve.go runs the app. What they call are the packages listen (conversations to
// messages), diagnose (messages to findings) and diagnose/train.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"parley"
)

// A cli is the command line.
type cli struct {
	Serve      serveCmd         `cmd:"" help:"Serve the app: its pages, its API, and the work in the background."`
	Read       readCmd          `cmd:"" help:"Find the resistance in conversations: mail, transcripts, chats, minutes, notes, surveys."`
	Import     importCmd        `cmd:"" help:"Import conversations into an engagement."`
	Engagement engagementCmd    `cmd:"" help:"Start engagements, list them."`
	User       userCmd          `cmd:"" help:"Add members, list them, give them passwords."`
	Token      tokenCmd         `cmd:"" help:"Make API tokens, list them, end them."`
	Migrate    migrateCmd       `cmd:"" help:"Bring a database to this version."`
	Verify     verifyCmd        `cmd:"" help:"Check that what is kept is whole."`
	Model      modelCmd         `cmd:"" help:"Train, measure and apply models."`
	Version    kong.VersionFlag `help:"Print the version and exit."`
}

// A std is where a command reads and writes, and what it knows of the place.
type std struct {
	in       io.Reader
	out, err io.Writer
	asks     bool // a person sits at both in and err
	progress bool // err is a terminal
	colour   bool // out is a terminal that wants colour
	width    int  // columns of out
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], terminal()))
}

// terminal looks at the standard streams.
func terminal() std {
	s := std{in: os.Stdin, out: os.Stdout, err: os.Stderr, width: 80}
	s.progress = term.IsTerminal(int(os.Stderr.Fd()))
	s.asks = s.progress && term.IsTerminal(int(os.Stdin.Fd()))
	if term.IsTerminal(int(os.Stdout.Fd())) {
		s.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && w >= 40 {
			s.width = min(w, 110)
		}
	}
	return s
}

// exits maps what the caller can do about an error to the exit status.
var exits = map[parley.Code]int{
	parley.Invalid: 2, parley.Unauthenticated: 3, parley.Forbidden: 3, parley.NotFound: 4, parley.Conflict: 5,
	parley.Unavailable: 6, parley.Internal: 70,
}

const (
	exitFound       = 1 // a check ran and found something
	exitInterrupted = 130
)

// run carries out one command line and returns its exit status.
func run(ctx context.Context, args []string, s std) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("parley"),
		kong.Description("Parley hears resistance to advice in conversations and says what it calls for."),
		kong.Vars{"version": version(), "inputs": inputFormats()},
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		panic(err) // the struct above is wrong
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help":
		args = append(args[1:], "--help")
	case args[0] == "version":
		args[0] = "--version"
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help, --version
		return exit
	}
	if err != nil {
		fmt.Fprintf(s.err, "parley: %v\nSee %s --help.\n", err, commandOf(err))
		return exits[parley.Invalid]
	}
	command.BindTo(ctx, (*context.Context)(nil))
	err = command.Run(s)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		fmt.Fprintln(s.err, "\nparley: interrupted")
		return exitInterrupted
	case errors.Is(err, errFound):
		return exitFound
	case errors.Is(err, errReported):
		return exits[parley.CodeOf(err)]
	}
	var e *parley.Error
	if errors.As(err, &e) {
		fmt.Fprintf(s.err, "parley: %s\n", strings.TrimSuffix(e.Error(), "."))
	} else {
		fmt.Fprintf(s.err, "parley: %v\n", err)
	}
	return exits[parley.CodeOf(err)]
}

// commandOf returns the command in which a command line is wrong, as it is called.
func commandOf(err error) string {
	if e, ok := errors.AsType[*kong.ParseError](err); ok {
		for node := e.Context.Selected(); node != nil; node = node.Parent {
			if node.Type == kong.CommandNode {
				return node.FullPath()
			}
		}
	}
	return "parley"
}

// errReported is in the chain of errors that were told already, as they came up.
var errReported = errors.New("reported")

// version returns the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "0.0.0-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "0.0.0-dev"
}

// cannotBe says that a file which the caller named cannot be read, or written, and why.
func cannotBe(done, name string, err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	} else if e, ok := errors.AsType[*os.LinkError](err); ok {
		err = e.Err
	}
	return &parley.Error{Code: parley.Invalid, Message: fmt.Sprintf("%s cannot be %s: %v", name, done, err)}
}

// mayWrite finds out, before long work, whether a file can be written: to be made, or made anew.
func mayWrite(name string) error {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return cannotBe("written", name, errors.New("it is a folder"))
	}
	info, err := os.Stat(filepath.Dir(name))
	if err == nil && !info.IsDir() {
		err = errors.New("it is in no folder")
	}
	if err != nil {
		return cannotBe("written", name, err)
	}
	return nil
}

// replace writes a file anew beside itself and moves it in place, so that it is never half written.
func replace(name string, data []byte, mode fs.FileMode) error {
	tmp := name + ".new"
	if err := os.WriteFile(tmp, data, mode); err != nil {
		return cannotBe("written", name, err)
	}
	if err := os.Rename(tmp, name); err != nil {
		return cannotBe("written", name, err)
	}
	return nil
}

// openFile opens a file, "-" being standard input, with an error that says what to do.
func openFile(name string, s std) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(s.in), nil
	}
	f, err := os.Open(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, &parley.Error{Code: parley.NotFound, Message: fmt.Sprintf("there is no file %s", name)}
	case errors.Is(err, os.ErrPermission):
		return nil, &parley.Error{Code: parley.Forbidden, Message: fmt.Sprintf("%s may not be read by you", name)}
	case err != nil:
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		_ = f.Close()
		return nil, &parley.Error{Code: parley.Invalid, Message: fmt.Sprintf("%s is a folder; name a file", name)}
	}
	return f, nil
}
