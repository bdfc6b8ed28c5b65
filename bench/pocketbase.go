package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/bench/internal/load"
	"github.com/spacefinder/spacefinder/bench/internal/process"
)

// pocketBase is what one would build instead: the booking service of
// bench/pocketbase, asked through its own API with its own tokens.
type pocketBase struct {
	child
	title            string
	size             int
	readers, writers int
	whole            bool // it has all workloads
	people           []*person
	client           *client

	free atomic.Int64 // slots asked for so far
}

const (
	pocketBaseFolder = "bench/pocketbase" // of the module
	pocketBaseName   = "PocketBase, synchronous=FULL"
	pocketBaseNormal = "PocketBase, synchronous=NORMAL"
)

// buildPocketBase compiles the yardstick, a module of its own, into dir.
func buildPocketBase(ctx context.Context, root, dir string) (binary string, err error) {
	binary = filepath.Join(dir, "pocketbase")
	command := exec.CommandContext(ctx, "go", "build", "-o", binary, ".") //nolint:gosec // the arguments are ours
	command.Dir = filepath.Join(root, pocketBaseFolder)
	if text, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s (-skip %s leaves it out): %w\n%s", pocketBaseFolder, partPocketBase, err, text)
	}
	return binary, nil
}

// fillPocketBase fills a folder with the users and so many bookings.
func fillPocketBase(ctx context.Context, binary, dir string, size int) error {
	command := exec.CommandContext(ctx, binary, "-data", dir, "-seed", //nolint:gosec // the program that this run has built
		"-users", strconv.Itoa(people), "-bookings", strconv.Itoa(size))
	command.Env = []string{}
	if text, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, text)
	}
	return nil
}

// newPocketBase returns the subject over a filled folder. synchronous is
// SQLite's mode of flushing.
func newPocketBase(binary, dir, title, synchronous string, size int, s settings) *pocketBase {
	return &pocketBase{
		child: child{dir: dir, path: binary, args: []string{"-data", dir, "-synchronous", synchronous}},
		title: title, size: size, readers: s.readers, writers: s.writers, whole: title == pocketBaseName,
		people: newPeople(), client: newClient(max(s.readers, s.writers)),
	}
}

func (b *pocketBase) name() string  { return b.title }
func (b *pocketBase) bookings() int { return b.size }

func (b *pocketBase) start(ctx context.Context) (*process.Process, error) {
	p, err := b.child.start(ctx)
	if err == nil {
		b.client.connect(p.URL)
	}
	return p, err
}

// prepare signs the users in: their tokens last for days.
func (b *pocketBase) prepare(ctx context.Context) error {
	for _, p := range b.people {
		if p.token != "" {
			continue
		}
		body, err := json.Marshal(map[string]string{"identity": p.email, "password": p.password})
		if err != nil {
			return err
		}
		text, err := b.client.get(ctx, call{
			method: http.MethodPost, path: "/api/collections/users/auth-with-password", body: body, want: http.StatusOK,
		})
		if err != nil {
			return err
		}
		var answer struct {
			Token  string `json:"token"`
			Record struct {
				ID string `json:"id"`
			} `json:"record"`
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			return err
		}
		if p.id, p.token = answer.Record.ID, answer.Token; p.id == "" || p.token == "" {
			return errors.New("PocketBase gives no token")
		}
	}
	return nil
}

// workloads are those of which the targets speak, and just booking where the
// subject is there to show what flushing costs.
func (b *pocketBase) workloads() []workload {
	booking := workload{name: book, clients: b.writers, run: remote(each(b.people, b.book))}
	if !b.whole {
		return []workload{booking}
	}
	return []workload{
		{name: readOne, clients: b.readers, run: remote(each(b.people, b.readOne))},
		{name: list20, clients: b.readers, run: remote(each(b.people, b.list("locations", 20)))},
		{name: listMine, clients: b.readers, run: remote(each(b.people, b.list("bookings", 50)))},
		booking,
	}
}

func (b *pocketBase) readOne(ctx context.Context, client int, n int64, user *person) (load.Outcome, error) {
	path := fmt.Sprintf("/api/collections/locations/records/location%07d", n%siteSize)
	return b.client.do(ctx, client, call{method: http.MethodGet, path: path, token: user.token, want: http.StatusOK})
}

// list asks for a page in the order of ours, without PocketBase's count of all.
func (b *pocketBase) list(collection string, limit int) turn {
	order := map[string]string{"locations": "id", "bookings": "start"}[collection]
	path := fmt.Sprintf("/api/collections/%s/records?perPage=%d&skipTotal=1&sort=%s", collection, limit, order)
	return func(ctx context.Context, client int, _ int64, user *person) (load.Outcome, error) {
		return b.client.do(ctx, client, call{method: http.MethodGet, path: path, token: user.token, want: http.StatusOK})
	}
}

func (b *pocketBase) book(ctx context.Context, client int, _ int64, user *person) (load.Outcome, error) {
	resource, interval := slot(freeEra(), b.free.Add(1)-1)
	body := fmt.Appendf(nil, `{"user":%q,"resource":"resource%07d","start":%d,"end":%d,"timestamp":%q}`,
		user.id, resource, interval.Start, interval.End, seededAt)
	return b.client.do(ctx, client, call{
		method: http.MethodPost, path: "/api/collections/bookings/records", token: user.token, body: body, want: http.StatusOK,
	})
}

// pocketBases builds the yardstick and returns it over a folder for each mode,
// and over an empty one.
func (l *lab) pocketBases(ctx context.Context) ([]subject, error) {
	l.say("building PocketBase")
	binary, err := buildPocketBase(ctx, l.root, l.dir)
	if err != nil {
		return nil, err
	}
	size := l.middleSize()
	l.say("storing %d bookings in PocketBase", size)
	begin := func(ctx context.Context, dir string) (*process.Process, error) {
		return child{dir: dir, path: binary, args: []string{"-data", dir, "-synchronous", "FULL"}}.start(ctx)
	}
	subjects := []subject{&empty{title: pocketBaseName, dir: filepath.Join(l.dir, "pocketbase-empty"), begin: begin}}
	for _, mode := range []struct{ title, synchronous string }{{pocketBaseName, "FULL"}, {pocketBaseNormal, "NORMAL"}} {
		dir := filepath.Join(l.dir, "pocketbase-"+mode.synchronous)
		fill := func(ctx context.Context, dir string) error { return fillPocketBase(ctx, binary, dir, size) }
		if err := l.cache.provide(ctx, dir, fmt.Sprintf("pocketbase-%d", size), []string{pocketBaseFolder}, fill); err != nil {
			return nil, err
		}
		subjects = append(subjects, newPocketBase(binary, dir, mode.title, mode.synchronous, size, l.settings))
	}
	return subjects, nil
}
