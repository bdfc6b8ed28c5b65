package harness

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Split is every part in a process of its own: the user pool, two processes
// for each service over DynamoDB, and the front door before them.
type Split struct {
	Binary   string
	Endpoint string // of a DynamoDB-compatible server

	Environment []string // variables that every process gets, NAME=value
}

// Replicas is how many processes each service has.
const Replicas = 2

// Names of the services.
const (
	Locations = "locations"
	Resources = "resources"
	Bookings  = "bookings"
)

// Services returns the names of the services.
func Services() []string { return []string{Locations, Resources, Bookings} }

const anyPort = "127.0.0.1:0"

// takers says which commands take a flag of `spacefinder serve`, or a flag
// that split mode has alone.
var takers = map[string][]string{
	"-admin-bookings": {"userpool", "service", "gateway"},
	"-log-level":      {"userpool", "service", "gateway"},
	"-throttle-rate":  {"gateway"},
	"-throttle-burst": {"gateway"},
	"-drain-delay":    {"service"},
}

// flagsOf returns those of the flags, given as pairs of name and value, that
// the command takes.
func flagsOf(command string, flags []string) ([]string, error) {
	var taken []string
	for i := 0; i+1 < len(flags); i += 2 {
		commands := takers[flags[i]]
		if commands == nil {
			return nil, fmt.Errorf("split mode has no use for the flag %s", flags[i])
		}
		if slices.Contains(commands, command) {
			taken = append(taken, flags[i], flags[i+1])
		}
	}
	return taken, nil
}

// Start makes tables of the system's own and starts its processes, the user
// pool's on the data folder.
func (s Split) Start(ctx context.Context, dir string, flags ...string) (*System, error) {
	tables := newTables(s.Endpoint)
	if err := tables.Create(ctx); err != nil {
		return nil, errors.Join(err, tables.delete(ctx))
	}
	system, err := s.launch(ctx, dir, tables, flags)
	if err != nil {
		return nil, err
	}
	for _, m := range system.Parts.Members() {
		if err := m.AwaitReady(ctx); err != nil {
			return nil, errors.Join(err, system.Kill())
		}
	}
	return system, nil
}

// StartWithoutTables is Start for a system whose tables do not exist yet: its
// services run and are not ready. See Tables.Create.
func (s Split) StartWithoutTables(ctx context.Context, dir string, flags ...string) (*System, error) {
	return s.launch(ctx, dir, newTables(s.Endpoint), flags)
}

// launch starts the processes and waits until all of them listen.
func (s Split) launch(ctx context.Context, dir string, tables *Tables, flags []string) (*System, error) {
	system := &System{Dir: dir, Parts: &Parts{Tables: tables, services: map[string][]*Member{}}}
	err := s.startParts(ctx, system, flags)
	if err != nil {
		return nil, errors.Join(err, system.Kill())
	}
	return system, nil
}

func (s Split) startParts(ctx context.Context, system *System, flags []string) error {
	parts := system.Parts
	var err error
	if parts.UserPool, err = s.member(flags, "userpool", "-data", system.Dir); err != nil {
		return err
	}
	if err := parts.UserPool.awaitListening(ctx); err != nil {
		return err
	}
	for _, name := range Services() {
		for range Replicas {
			m, err := s.member(flags, "service", slices.Concat([]string{name, "-dynamodb-endpoint", s.Endpoint}, parts.Tables.flags())...)
			if err != nil {
				return err
			}
			parts.services[name] = append(parts.services[name], m)
		}
	}
	for _, m := range parts.Members() {
		if err := m.awaitListening(ctx); err != nil {
			return err
		}
	}
	return s.startGateway(ctx, system, flags)
}

// startGateway starts the front door, which must know where all others listen.
func (s Split) startGateway(ctx context.Context, system *System, flags []string) error {
	outputs, err := decodeOutputs(filepath.Join(system.Dir, OutputsFile))
	if err != nil {
		return err
	}
	args := []string{
		"-issuer", outputs.Issuer(), "-issuer-audience", outputs.UserPoolClient, "-issuer-cognito",
		"-health-interval", "200ms", "-access-log", filepath.Join(system.Dir, AccessLogFile),
	}
	for _, name := range Services() {
		var urls []string
		for _, m := range system.Parts.services[name] {
			urls = append(urls, m.URL())
		}
		args = append(args, "-"+name, strings.Join(urls, ","))
	}
	gateway, err := s.member(flags, "gateway", args...)
	if err != nil {
		return err
	}
	system.Parts.Gateway = gateway
	if err := gateway.awaitListening(ctx); err != nil {
		return err
	}
	outputs.APIEndpoint = gateway.URL()
	system.Outputs = outputs
	if err := outputs.check(); err != nil {
		return err
	}
	system.Credentials, err = readCredentials(ctx, system.Dir)
	return err
}

// member starts a process of the command. The environment has what the AWS SDK
// asks for before it talks to a server that takes any key.
func (s Split) member(flags []string, command string, args ...string) (*Member, error) {
	own, err := flagsOf(command, flags)
	if err != nil {
		return nil, err
	}
	m := &Member{
		binary:      s.Binary,
		addr:        anyPort,
		args:        slices.Concat([]string{command}, args, own),
		environment: slices.Clone(s.Environment),
	}
	if command == "service" {
		m.args = append(m.args, "-region", "us-east-1")
		if !slices.Contains(own, "-drain-delay") {
			m.args = append(m.args, "-drain-delay", "0s") // nobody sends more when the whole system ends
		}
		m.environment = append(m.environment, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true")
	}
	return m, m.start()
}
