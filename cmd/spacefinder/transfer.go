package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
	"github.com/spacefinder/spacefinder/internal/transfer"
)

// storeOptions name a store: that of a data folder, or DynamoDB tables.
type storeOptions struct {
	data   string
	tables dynamodb.Config
}

func (o *storeOptions) register(set *flagSet) {
	set.StringVar(&o.data, "data", defaultDataDir, "`folder` of the database, where no tables are named")
	set.StringVar(&o.tables.Region, "region", "", "AWS `region` of the tables (default: as the AWS SDK finds it)")
	set.StringVar(&o.tables.Endpoint, "dynamodb-endpoint", "", "`URL` of a DynamoDB-compatible server, where it is not AWS's")
	set.StringVar(&o.tables.Client, "dynamodb-client", dynamodb.ClientWire, "how DynamoDB is called: `wire or sdk`, which is the AWS SDK")
	set.StringVar(&o.tables.Tables.Locations, "locations-table", "", "`name` of the table of locations")
	set.StringVar(&o.tables.Tables.Resources, "resources-table", "", "`name` of the table of resources")
	set.StringVar(&o.tables.Tables.Bookings, "bookings-table", "", "`name` of the table of bookings")
}

func (o *storeOptions) check(set *flagSet) {
	t := o.tables.Tables
	if o.overDynamoDB() && (t.Locations == "" || t.Resources == "" || t.Bookings == "") {
		set.addf("-locations-table, -resources-table and -bookings-table belong together")
	}
	if o.overDynamoDB() && set.given("data") {
		set.addf("-data names one store and the tables another")
	}
}

// overDynamoDB reports whether the store is tables rather than a data folder.
func (o *storeOptions) overDynamoDB() bool { return o.tables.Tables != dynamodb.Tables{} }

// given reports whether the flag is on the command line.
func (s *flagSet) given(name string) (is bool) {
	s.Visit(func(f *flag.Flag) { is = is || f.Name == name })
	return is
}

// openCopy opens the store for reading. Of a data folder, which a server may
// use, it opens a copy as of this moment, in a folder beside the database that
// only this user can read and that is removed in the end.
func (o *storeOptions) openCopy(ctx context.Context, open *closers) (transfer.Stores, error) {
	if o.overDynamoDB() {
		return o.openTables(ctx)
	}
	folder, err := os.MkdirTemp(o.data, "export-*")
	if err != nil {
		return transfer.Stores{}, fmt.Errorf("copy the database: %w", err)
	}
	open.add("copy of the database", func() error { return os.RemoveAll(folder) })
	if err := sqlitedb.Backup(ctx, filepath.Join(o.data, databaseFile), filepath.Join(folder, databaseFile)); err != nil {
		return transfer.Stores{}, err
	}
	return openStores(ctx, folder, open)
}

// open opens the store for writing. A data folder must not be in use.
func (o *storeOptions) open(ctx context.Context, open *closers) (transfer.Stores, error) {
	if o.overDynamoDB() {
		return o.openTables(ctx)
	}
	return openStores(ctx, o.data, open)
}

func openStores(ctx context.Context, dir string, open *closers) (transfer.Stores, error) {
	db, err := openDatabase(ctx, dir, nil, open)
	if err != nil {
		return transfer.Stores{}, err
	}
	s, err := sqlite.New(ctx, db)
	if err != nil {
		return transfer.Stores{}, err
	}
	return transfer.Stores{Locations: s.Locations(), Resources: s.Resources(), Bookings: s.Bookings()}, nil
}

func (o *storeOptions) openTables(ctx context.Context) (transfer.Stores, error) {
	s, err := dynamodb.Open(ctx, o.tables)
	if err != nil {
		return transfer.Stores{}, usageError{err}
	}
	return transfer.Stores{Locations: s.Locations(), Resources: s.Resources(), Bookings: s.Bookings()}, nil
}

// String names the store, so that two names are equal only for the same one.
func (o *storeOptions) String() string {
	if o.overDynamoDB() {
		t := o.tables
		return strings.Join([]string{"dynamodb", t.Region, t.Endpoint, t.Tables.Locations, t.Tables.Resources, t.Tables.Bookings}, " ")
	}
	path, err := filepath.Abs(o.data)
	if err != nil { // the working folder is gone: what was given must do
		path = o.data
	}
	return "data " + path
}

// progressOf shows the progress of a move on stderr.
func progressOf(p process) transfer.Reporting {
	return transfer.Reporting{Progress: p.stderr, Now: time.Now}
}

func runExport(ctx context.Context, p process) (err error) {
	set := newFlagSet(p, "export", "FILE|-")
	var from storeOptions
	from.register(set)
	userFile := set.String("users", "", "`file` to write the users of the data folder to as well, for Cognito's user import")
	if err := set.parse(); err != nil {
		return err
	}
	if len(set.arguments) != 1 {
		set.addf("export takes one argument, the file to write, or - for standard output")
	}
	from.check(set)
	if *userFile != "" && from.overDynamoDB() {
		set.addf("-users is for a data folder: with DynamoDB, the users are in Cognito")
	}
	if err := set.err(); err != nil {
		return err
	}
	var open closers
	defer open.closeInto(&err)
	stores, err := from.openCopy(ctx, &open)
	if err != nil {
		return err
	}
	var counts transfer.Counts
	err = writeNew(set.arguments[0], p.stdout, func(w io.Writer) error {
		counts, err = transfer.Export(ctx, w, stores, progressOf(p))
		return err
	})
	if err != nil {
		return interrupted(ctx, err, "export")
	}
	fmt.Fprintf(p.stderr, "exported %s\n", counts)
	if *userFile == "" {
		return nil
	}
	return writeNew(*userFile, p.stdout, func(w io.Writer) error { return exportUsers(ctx, p, from.data, w) })
}

// writeNew lets write fill a new file (mode 0600), which is there as a whole or
// not at all, or standard output, which is "-".
func writeNew(name string, stdout io.Writer, write func(io.Writer) error) (err error) {
	if name == "-" {
		return write(stdout)
	}
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%s exists; it is not replaced", name)
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.part") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name()) // the error that matters is the first
		}
	}()
	if err := errors.Join(write(file), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}

func runImport(ctx context.Context, p process) (err error) {
	set := newFlagSet(p, "import", "FILE")
	var into storeOptions
	into.register(set)
	mapFile := set.String("map-users", "", "`file` that says which user of the new pool somebody of the old one is; see docs/moving.md")
	keep := set.Bool("keep-unmapped", false, "let bookings of users whom -map-users does not name keep their user's id")
	if err := set.parse(); err != nil {
		return err
	}
	if len(set.arguments) != 1 || set.arguments[0] == "-" {
		set.addf("import takes one argument, the file to read; standard input will not do, as the file is read more than once")
	}
	into.check(set)
	if *keep && *mapFile == "" {
		set.addf("-keep-unmapped is about -map-users, which is not given")
	}
	if err := set.err(); err != nil {
		return err
	}
	users, err := readUserMap(*mapFile)
	if err != nil {
		return err
	}
	var open closers
	defer open.closeInto(&err)
	stores, err := into.open(ctx, &open)
	if err != nil {
		return err
	}
	i := transfer.Import{
		File: set.arguments[0], To: stores, Target: into.String(),
		Users: users, KeepUnmapped: *keep, Reporting: progressOf(p),
	}
	if !into.overDynamoDB() {
		// The embedded store commits what waits together, and has no item that the
		// bookings of a resource contend for.
		i.Writers, i.WritersPerResource = embeddedWriters, embeddedWriters
	}
	report, err := i.Run(ctx)
	if err != nil {
		return interrupted(ctx, err, "import")
	}
	printReport(p.stderr, report)
	return nil
}

const embeddedWriters = 64

func readUserMap(name string) (*transfer.UserMap, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // no map is what the import takes for none
	}
	file, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	return transfer.ReadUserMap(file)
}

// interrupted says what to do after a signal.
func interrupted(ctx context.Context, err error, command string) error {
	switch {
	case ctx.Err() == nil:
		return err
	case command == "import":
		return errors.New("interrupted; the same command takes the import up again")
	default:
		return errors.New("interrupted; what was written is not an export")
	}
}

func printReport(w io.Writer, r transfer.Report) {
	fmt.Fprintf(w, "imported %s; each was compared with the file\n", r.Counts)
	if r.Resumed > 0 {
		fmt.Fprintf(w, "taken up after line %d\n", r.Resumed)
	}
	if r.Existing > 0 {
		fmt.Fprintf(w, "%d of them were there already\n", r.Existing)
	}
	if r.Extra != (transfer.Counts{}) {
		fmt.Fprintf(w, "the store also holds, and keeps, %s that are not in the file\n", r.Extra)
	}
}
