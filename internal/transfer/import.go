package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Import is the way of a file into a store.
type Import struct {
	File string // an export; beside it stands File + ".progress" until the import is done
	To   Stores

	// Target names the store in the progress file, so that no import is taken
	// up again with another store.
	Target string

	Users        *UserMap // whose ids bookings get instead of those in the file; nil: they keep them
	KeepUnmapped bool     // with Users: who is not in the map keeps the id

	Writers int // bookings written at the same time; default 16
	// WritersPerResource is how many of them may be of one resource; default 1,
	// as in DynamoDB the bookings of a resource are counted on one item.
	WritersPerResource int
	Batch              int // items between two states of the progress file; default 16384

	Wait func(ctx context.Context, d time.Duration) error // before a retry; default the real time
	Reporting
}

// Report says what an import has done.
type Report struct {
	Counts          // in the file, and now in the store
	Resumed  int64  // lines that an earlier run had done
	Existing int64  // items of the other lines that were there already, as the file has them
	Extra    Counts // what the store holds beside the file
}

func (c Import) withDefaults() Import {
	if c.Writers <= 0 {
		c.Writers = 16
	}
	if c.WritersPerResource <= 0 {
		c.WritersPerResource = 1
	}
	if c.Batch <= 0 {
		c.Batch = 16384
	}
	if c.Wait == nil {
		c.Wait = wait
	}
	return c
}

// Run imports the file. It reads the file to the end before it writes anything,
// so a file that is damaged, or that the user map does not fit, changes nothing.
//
// An item that the store has already is left alone: it must have the members
// that the file says. So a run that failed, was interrupted or was killed is
// taken up by running it again. After the last item everything in the file is
// compared with what the store lists.
//
// Errors name the line. After one, and after ctx has ended, what was written
// stays.
func (c Import) Run(ctx context.Context) (Report, error) {
	c = c.withDefaults()
	checked, err := c.check(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", c.File, err)
	}
	p := progress{SHA256: checked.sum, Target: c.Target, UserMap: c.Users.checksum(), KeepUnmapped: c.KeepUnmapped}
	report := Report{Counts: checked.order.counts}
	if report.Resumed, err = readProgress(c.File+progressSuffix, p); err != nil {
		return report, err
	}
	w := c.newWriter(report.Counts)
	if err := c.write(ctx, w, p, report.Resumed); err != nil {
		return report, fmt.Errorf("%s: %w", c.File, err)
	}
	report.Existing = w.existing.Load()
	report.Extra, err = c.verify(ctx)
	if err != nil {
		err = fmt.Errorf("%s: %w", c.File, err)
	}
	if ctx.Err() != nil {
		return report, err
	}
	// Where the store lacks something, another run begins with the first line.
	return report, errors.Join(err, os.Remove(c.File+progressSuffix))
}

func (c Import) newWriter(of Counts) *writer {
	m := newMeter(c.Reporting, "imported")
	m.total = of.total()
	return &writer{to: c.To, atOnce: c.Writers, perResource: c.WritersPerResource, wait: c.Wait, meter: m}
}

// check reads the whole file without writing anything.
func (c Import) check(ctx context.Context) (checked *reader, err error) {
	unmapped := unmappedUsers{}
	checked, err = c.each(ctx, func(n numbered) error {
		if _, known := c.Users.apply(n.item); !known && !c.KeepUnmapped {
			unmapped.add(n)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return checked, unmapped.err()
}

// each calls fn for every item of the file, and returns the reader after the
// last one.
func (c Import) each(ctx context.Context, fn func(numbered) error) (*reader, error) {
	file, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	in, err := newReader(file)
	if err != nil {
		return nil, err
	}
	for {
		n, err := in.next()
		if errors.Is(err, io.EOF) {
			return in, nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = fn(n)
		}
		if err != nil {
			return nil, err
		}
	}
}

// write brings the items after the lines that are done into the store, a batch
// at a time.
func (c Import) write(ctx context.Context, w *writer, p progress, done int64) error {
	p.Lines = done
	if err := p.write(c.File + progressSuffix); err != nil { // now rather than after the first batch
		return err
	}
	var batch []numbered
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := w.write(ctx, batch); err != nil {
			return err
		}
		p.Lines = batch[len(batch)-1].lineNumber
		batch = batch[:0]
		return p.write(c.File + progressSuffix)
	}
	again, err := c.each(ctx, func(n numbered) error {
		if n.lineNumber <= done {
			w.meter.add(n.kind())
			return nil
		}
		n.item, _ = c.Users.apply(n.item)
		batch = append(batch, n)
		if len(batch) < c.Batch {
			return nil
		}
		return flush()
	})
	switch {
	case err != nil:
		return err
	case again.sum != p.SHA256:
		return errors.New("the file was replaced while it was read")
	}
	return flush()
}

// unmappedUsers are the bookings whose users the map does not name.
type unmappedUsers struct {
	first    numbered
	userID   string
	bookings int64
}

func (u *unmappedUsers) add(n numbered) {
	if b, ok := n.item.(booking); ok && u.bookings == 0 {
		u.first, u.userID = n, b.UserID
	}
	u.bookings++
}

func (u *unmappedUsers) err() error {
	if u.bookings == 0 {
		return nil
	}
	return fmt.Errorf("%d bookings are of users that the user map does not name; the first is %s in line %d, of %s",
		u.bookings, u.first.id(), u.first.lineNumber, u.userID)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
