package rest

import (
	"slices"
	"strings"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// Names of the headers that carry conditions.
const (
	headerIfMatch     = "If-Match"
	headerIfNoneMatch = "If-None-Match"
)

// maxConditionBytes bounds If-Match and If-None-Match, as the contract does.
const maxConditionBytes = 1024

// etag spells a revision as a strong entity tag (RFC 9110 section 8.8.3).
func etag(revision string) string { return `"` + revision + `"` }

// Condition reads If-Match and If-None-Match (RFC 9110 section 13.1).
func (r *Request) Condition() (store.Condition, error) {
	match, exists, err := parseTags(r.http.Header[headerIfMatch])
	if err != nil {
		return store.Condition{}, conditionError(headerIfMatch, err)
	}
	none, absent, err := parseTags(r.http.Header[headerIfNoneMatch])
	if err != nil {
		return store.Condition{}, conditionError(headerIfNoneMatch, err)
	}
	cond := store.Condition{Exists: exists, Absent: absent, NoneMatch: none.all()}
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

// tagsError describes a conditional header that is not a list of entity tags.
type tagsError string

func (e tagsError) Error() string { return string(e) }

const (
	errTooLong tagsError = "is too long"
	errNoTags  tagsError = `must be * or a list of entity tags, such as "0198"`
)

// parseTags reads the values of one conditional header: entity tags separated
// by commas, or * alone, which stands for every tag. nil tags without it mean
// that there is no header.
func parseTags(values []string) (list tags, every bool, err error) {
	if len(values) == 0 {
		return nil, false, nil
	}
	rest := strings.Trim(strings.Join(values, ","), " \t")
	if rest == "*" {
		return nil, true, nil
	}
	if len(rest) > maxConditionBytes {
		return nil, false, errTooLong
	}
	for rest = strings.TrimLeft(rest, listSpace); rest != ""; {
		t, after, ok := cutTag(rest)
		if !ok {
			return nil, false, errNoTags
		}
		list, rest = append(list, t), after
	}
	if len(list) == 0 {
		return nil, false, errNoTags
	}
	return list, false, nil
}

// listSpace is what may stand between the elements of a list: white space, and
// the commas around empty elements (RFC 9110 section 5.6.1.2).
const listSpace = " \t,"

// cutTag cuts an entity tag, W/"..." or "...", off the front of a list.
func cutTag(list string) (t tag, rest string, ok bool) {
	list, t.weak = strings.CutPrefix(list, "W/")
	list, opened := strings.CutPrefix(list, `"`)
	revision, rest, closed := strings.Cut(list, `"`)
	t.revision = revision
	rest = strings.TrimLeft(rest, " \t")
	separated := rest == "" || rest[0] == ','
	return t, strings.TrimLeft(rest, listSpace), opened && closed && separated
}
