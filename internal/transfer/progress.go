package transfer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
)

// progressSuffix follows the name of the file in that of its progress file.
const progressSuffix = ".progress"

// maxProgressSize bounds what is read of a progress file.
const maxProgressSize = 64 << 10

// progress says how far an import has come. Everything but Lines tells which
// import it is.
type progress struct {
	SHA256       string `json:"sha256"`       // of the file, from its trailer
	Target       string `json:"target"`       // the store
	UserMap      string `json:"userMap"`      // SHA-256 of the user map, "" without one
	KeepUnmapped bool   `json:"keepUnmapped"` // Import.KeepUnmapped
	Lines        int64  `json:"lines"`        // of the file that are done
}

// readProgress returns how many lines of the import that p describes are done.
func readProgress(name string, p progress) (lines int64, err error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, err
	case info.Size() > maxProgressSize:
		return 0, fmt.Errorf("%s is not a progress file", name)
	}
	text, err := os.ReadFile(name) //nolint:gosec // beside the file that the operator names
	if err != nil {
		return 0, err
	}
	var found progress
	if err := json.Unmarshal(bytes.TrimSpace(text), &found, json.RejectUnknownMembers(true)); err != nil {
		return 0, fmt.Errorf("%s is not a progress file: %w", name, err)
	}
	lines, found.Lines = found.Lines, 0
	if found != p || lines < 0 {
		return 0, fmt.Errorf("%s is of the import of another file, into another store, or with another user map; remove it to begin anew", name)
	}
	return lines, nil
}

// write replaces the progress file as a whole: after a crash the old or the
// new one is there.
func (p progress) write(name string) (err error) {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name()) // the error that matters is the first
		}
	}()
	_, err = temp.Write(append(text, '\n'))
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}
