package rest

import (
	"slices"
	"strings"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// maxConditionBytes bounds If-Match and If-None-Match, as the contract does.
const maxConditionBytes = 1024

// etag spells a revision as a strong entity tag (RFC 9110 section 8.8.3).
func etag(revision string) string { return `"` + revision + `"` }

// Condition reads If-Match and If-None-Match (RFC 9110 section 13.1).
func (r *Request) Condition() (store.Condition, error) {
	match, anyMatch, err := parseTags(r.http.Header.Values("If-Match"))
	if err != nil {
		return store.Condition{}, conditionError("If-Match", err)
	}
	none, absent, err := parseTags(r.http.Header.Values("If-None-Match"))
	if err != nil {
		return store.Condition{}, conditionError("If-None-Match", err)
	}
	cond := store.Condition{Exists: anyMatch, Absent: absent, NoneMatch: none.all()}
	if match != nil {
		cond.Match = match.strong()
	}
	return cond, nil
}

func conditionError(header string, err error) error {
	return spacefinder.Invalid([]spacefinder.Problem{{Field: header, Detail: err.Error()}})
}

// tags is the list in a conditional header.
type tags []tag

type tag struct {
	revision string
	weak     bool
}

// strong returns the revisions of the strong tags: a weak one never satisfies
// If-Match.
func (t tags) strong() []string {
	revisions := []string{}
	for _, tag := range t {
		if !tag.weak {
			revisions = append(revisions, tag.revision)
		}
	}
	return revisions
}

// all returns the revisions of all tags: If-None-Match compares weakly.
func (t tags) all() []string {
	var revisions []string
	for _, tag := range t {
		revisions = append(revisions, tag.revision)
	}
	return revisions
}

func (t tags) containsWeakly(revision string) bool {
	return slices.ContainsFunc(t, func(tag tag) bool { return tag.revision == revision })
}

// errTags describes a conditional header that is not a list of entity tags.
type errTags string

func (e errTags) Error() string { return string(e) }

// parseTags reads the values of one conditional header: entity tags separated
// by commas, or the single value *. nil tags mean that there is no header.
func parseTags(values []string) (list tags, any bool, err error) {
	if len(values) == 0 {
		return nil, false, nil
	}
	rest := strings.Trim(strings.Join(values, ","), " \t")
	if rest == "*" {
		return nil, true, nil
	}
	if len(rest) > maxConditionBytes {
		return nil, false, errTags("is too long")
	}
	list = tags{}
	for rest != "" {
		var t tag
		rest, t.weak = strings.CutPrefix(rest, "W/")
		end := strings.IndexByte(strings.TrimPrefix(rest, `"`), '"')
		if !strings.HasPrefix(rest, `"`) || end < 0 {
			return nil, false, errTags(`must be * or a list of entity tags, such as "0198"`)
		}
		t.revision = rest[1 : 1+end]
		list = append(list, t)
		rest = strings.TrimLeft(rest[end+2:], " \t,")
	}
	if len(list) == 0 {
		return nil, false, errTags(`must be * or a list of entity tags, such as "0198"`)
	}
	return list, false, nil
}
