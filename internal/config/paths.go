package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Paths is the layout of one data directory. Every file of an instance is below it.
type Paths struct {
	Dir string
}

// PathsOf makes the layout of a directory, as an absolute path, because children start elsewhere.
func PathsOf(dir string) (Paths, error) {
	if dir == "" {
		return Paths{}, errors.New("data directory: no path given")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Paths{}, fmt.Errorf("data directory: %w", err)
	}
	return Paths{Dir: abs}, nil
}

func (p Paths) sub(parts ...string) string {
	return filepath.Join(append([]string{p.Dir}, parts...)...)
}

// ConfigFile is the configuration file.
func (p Paths) ConfigFile() string { return p.sub("config.yaml") }

// DB is the folder of set-up and personal data.
func (p Paths) DB() string { return p.sub("db") }

// Journals is the folder that holds one journal per node.
func (p Paths) Journals() string { return p.sub("journal") }

// Journal is the journal of one node. A node's name is one plain path element.
func (p Paths) Journal(node string) (string, error) {
	if err := plainName("node", node); err != nil {
		return "", err
	}
	return p.sub("journal", node), nil
}

// Lake is the folder of the analytic database.
func (p Paths) Lake() string { return p.sub("lake") }

// Parquet is the folder of the mirror.
func (p Paths) Parquet() string { return p.sub("parquet") }

// Recordings is the folder of sealed recordings.
func (p Paths) Recordings() string { return p.sub("recordings") }

// RecordingIdentity is the key that unlocks every recording.
func (p Paths) RecordingIdentity() string { return p.sub("secrets", "recordings.age") }

// Search is the folder of the text index.
func (p Paths) Search() string { return p.sub("search") }

// Models is the folder of recognisers' models.
func (p Paths) Models() string { return p.sub("models") }

// Secrets is the folder of keys.
func (p Paths) Secrets() string { return p.sub("secrets") }

// Run is the folder of what lives as long as the process: lock and sockets.
func (p Paths) Run() string { return p.sub("run") }

// Log is the folder of log files.
func (p Paths) Log() string { return p.sub("log") }

// Switch is the folder of the switch: its last set-up, state and prompts.
func (p Paths) Switch() string { return p.sub("switch") }

// Imports is the folder of uploaded files.
func (p Paths) Imports() string { return p.sub("imports") }

// LockFile is what the owner of the directory has locked.
func (p Paths) LockFile() string { return p.sub("run", "lock") }

// AdminSocket is where commands talk to a running instance.
func (p Paths) AdminSocket() string { return p.sub("run", "admin.sock") }

// RoleSocket is where the roles of one machine talk to one of them.
func (p Paths) RoleSocket(role string) (string, error) {
	if err := plainName("role", role); err != nil {
		return "", err
	}
	return p.sub("run", role+".sock"), nil
}

func plainName(what, s string) error {
	if s == "" || s[0] == '.' || len(s) > 64 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != "" {
		return fmt.Errorf("%s %q: want up to 64 letters, digits, '_', '-' or '.'", what, s)
	}
	return nil
}

const (
	maxSocketPath = 107                                            // sun_path of Linux less its closing NUL (unix(7))
	longestSocket = len("/run/") + len("analytics") + len(".sock") // the longest of our roles' sockets
)

// Create makes the directory and its folders, private to this user, and refuses
// a path that is too long for the sockets in it.
func (p Paths) Create() error {
	if n := len(p.Dir) + longestSocket; n > maxSocketPath {
		return fmt.Errorf("data directory %s: path is %d bytes too long for the sockets in it", p.Dir, n-maxSocketPath)
	}
	for _, dir := range []string{p.Dir, p.DB(), p.Journals(), p.Lake(), p.Parquet(), p.Secrets(), p.Run(), p.Log(), p.Imports(), p.Switch()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("data directory: %w", err)
		}
	}
	// The secrets folder may have been made by hand or by a restore with a wider mode.
	if err := os.Chmod(p.Secrets(), 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return nil
}
