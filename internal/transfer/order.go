package transfer

import (
	"errors"
	"fmt"
)

// Reasons why an item cannot follow the one before it.
var (
	errRepeated   = errors.New("stands in the file twice")
	errMisplaced  = errors.New("is out of order")
	errOrphan     = errors.New("does not stand below its parent")
	errOverlaps   = errors.New("overlaps the booking before it")
	errNotAllowed = errors.New("breaks the contract")
)

// sequence checks that items are valid each and follow each other as the file
// has them: parents first, none twice, no bookings that overlap.
type sequence struct {
	counts Counts
	last   place
	taken  int64 // the end of the last booking of this resource
}

func (s *sequence) next(i item) error {
	if found := i.problems(); len(found) > 0 {
		return fmt.Errorf("%w: %s: %s", errNotAllowed, found[0].Field, found[0].Detail)
	}
	p := i.place()
	if err := s.follows(i, p); err != nil {
		return err
	}
	s.taken = beforeBookings
	if b, ok := i.(booking); ok {
		s.taken = b.End
	}
	s.last = p
	s.counts.add(i.kind())
	return nil
}

func (s *sequence) follows(i item, p place) error {
	if s.counts.total() > 0 {
		switch c := p.compare(s.last); {
		case c == 0:
			return errRepeated
		case c < 0:
			return errMisplaced
		}
	}
	switch i := i.(type) {
	case resource:
		if s.last.locationID != i.LocationID {
			return errOrphan
		}
	case booking:
		if s.last.locationID != i.LocationID || s.last.resourceID != i.ResourceID {
			return errOrphan
		}
		if i.Start < s.taken {
			return errOverlaps
		}
	}
	return nil
}
