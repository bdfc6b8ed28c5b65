package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/bench/internal/cpulimit"
	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/dynamotest/stub"
)

// Of the stub and of what is measured over it.
const (
	stubCommand  = "dynamodb-stub"
	stubItems    = 20                   // in every list
	slowStub     = 3 * time.Millisecond // what DynamoDB takes to answer
	halfACore    = 0.5
	patient      = 256 // clients of a service that mostly waits: enough to keep it busy
	localSeeds   = 60  // bookings in DynamoDB Local before the run
	localTimeout = time.Minute
)

// serveStub serves the stub of DynamoDB.
func serveStub(ctx context.Context, args []string) error {
	set, ready := childFlags(stubCommand)
	delay := set.Duration("delay", 0, "`time` before every answer")
	if err := set.Parse(args); err != nil {
		return err
	}
	listener, err := listenChild(ctx, *ready)
	if err != nil {
		return err
	}
	return stub.Serve(ctx, listener, stub.Options{Delay: *delay, Items: stubItems})
}

// overStubs returns the services over a stub that answers at once, and over one
// that takes as long as DynamoDB, with half a core.
func (l *lab) overStubs(ctx context.Context) ([]subject, error) {
	limit, err := l.halfCore()
	if err != nil {
		return nil, err
	}
	slow := overSlowStub(limit != nil)
	var subjects []subject
	for _, stubbed := range []struct {
		title   string
		delay   time.Duration
		clients int
		limit   *cpulimit.Group
	}{{overStub, 0, l.readers, nil}, {slow, slowStub, max(l.readers, l.patient), limit}} {
		dir, err := l.folder(fmt.Sprintf("stub-%s", stubbed.delay))
		if err != nil {
			return nil, err
		}
		server, err := child{dir: dir, args: []string{stubCommand, "-delay", stubbed.delay.String()}}.start(ctx)
		if err != nil {
			return nil, err
		}
		l.atEnd(server.Stop)
		services, err := l.services(stubbed.title, server.URL, stubbed.clients, stubbed.limit)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, services...)
	}
	return subjects, nil
}

// What reports call the stores.
const (
	overStub  = "stub"
	overLocal = "DynamoDB Local"
)

func overSlowStub(limited bool) string {
	if limited {
		return "3 ms stub, half a core"
	}
	return "3 ms stub"
}

// halfCore returns the control group, nil where none can be made.
func (l *lab) halfCore() (*cpulimit.Group, error) {
	group, err := cpulimit.New(cpulimit.Root, fmt.Sprintf("spacefinder-bench-%d", os.Getpid()), halfACore)
	if errors.Is(err, cpulimit.ErrUnavailable) {
		l.note("The services over the slow stub have all cores, as no control group could be made (%v).", err)
		return nil, nil //nolint:nilnil // both are an answer: there is none, and that is no error
	}
	if err != nil {
		return nil, err
	}
	l.atEnd(group.Close)
	return group, nil
}

// services returns the services over the store at the endpoint, with each client
// of DynamoDB that the program has.
func (l *lab) services(store, endpoint string, clients int, limit *cpulimit.Group) ([]subject, error) {
	var subjects []subject
	var free atomic.Int64
	for _, kind := range l.clientKinds {
		for _, service := range []string{serviceLocations, serviceBookings} {
			dir, err := l.folder(strings.NewReplacer(" ", "-", ",", "").Replace(service + "-" + store + "-" + kind))
			if err != nil {
				return nil, err
			}
			s := l.newService(dir, service, kind, endpoint, clients)
			s.title, s.limit, s.free = serviceTitle(service, store, kind), limit, &free
			subjects = append(subjects, s)
		}
	}
	return subjects, nil
}

// serviceTitle is what reports call a service over a store.
func serviceTitle(service, store, kind string) string {
	return fmt.Sprintf("%s service, %s, %s client", service, store, kind)
}

func (l *lab) newService(dir, service, kind, endpoint string, clients int) *dynamoService {
	flags := []string{"-dynamodb-endpoint", endpoint}
	if len(l.clientKinds) > 1 {
		flags = append(flags, clientFlag, kind)
	}
	return &dynamoService{
		binary: l.binary, dir: dir, service: service, flags: flags, clients: clients,
		client: newClient(clients), told: l.tells[commandService],
	}
}

// overDynamoDBLocal returns the services over DynamoDB Local; none where it
// cannot be started, for want of Java as a rule.
func (l *lab) overDynamoDBLocal(ctx context.Context) ([]subject, error) {
	endpoint, err := l.startDynamoDBLocal(ctx)
	if err != nil {
		l.note("DynamoDB Local is not measured: %v.", err)
		return nil, nil
	}
	client := dynamodb.New(dynamotest.Options(endpoint))
	if _, err := dynamotest.CreateTables(ctx, client, tablePrefix, "LocationsTable", "ResourcesTable", "BookingsTable"); err != nil {
		return nil, err
	}
	if err := l.fillTables(ctx, endpoint); err != nil {
		return nil, err
	}
	return l.services(overLocal, endpoint, l.readers, nil)
}

// startDynamoDBLocal runs the script that does so until the end of the run.
func (l *lab) startDynamoDBLocal(ctx context.Context) (endpoint string, err error) {
	l.say("starting DynamoDB Local")
	command := exec.CommandContext(ctx, filepath.Join(l.root, "scripts", "dynamodb-local")) //nolint:gosec // a script of this module
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = localTimeout
	var log strings.Builder
	command.Stderr = &log
	out, err := command.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := command.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = command.Wait() // it has ended, and its log says why
		return "", errors.New(strings.TrimSpace(log.String()))
	}
	l.atEnd(func() error {
		if err := command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		_ = command.Wait() // however it ended, it was told to
		return nil
	})
	return strings.TrimSpace(line), nil
}

// fillTables makes the site and some bookings through the services themselves.
func (l *lab) fillTables(ctx context.Context, endpoint string) (err error) {
	dir, err := l.folder("filling-tables")
	if err != nil {
		return err
	}
	running := map[string]*dynamoService{}
	for _, service := range []string{serviceLocations, serviceResources, serviceBookings} {
		s := l.newService(dir, service, l.clientKinds[0], endpoint, 1)
		server, err := s.start(ctx)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		running[service] = s
	}
	for i := range siteSize {
		if err := running[serviceLocations].put(ctx, locationPath(i), seededLocation(i)); err != nil {
			return err
		}
		if err := running[serviceResources].put(ctx, locationPath(i)+"/resources/"+resourceID(i), seededResource(i)); err != nil {
			return err
		}
	}
	for n := range int64(localSeeds) {
		if _, err := running[serviceBookings].bookSlot(ctx, 0, seedEra(), n); err != nil {
			return err
		}
	}
	return nil
}

// put stores an item as an administrator.
func (d *dynamoService) put(ctx context.Context, path string, item any) error {
	body, err := json.Marshal(item)
	if err != nil {
		return err
	}
	_, err = d.client.do(ctx, 0, call{method: http.MethodPut, path: path, caller: "admin", body: body, want: http.StatusCreated})
	return err
}
