package userpool

import "encoding/base64"

// maxPage is the longest page, and the usual one.
const maxPage = 60

// page is the part of a list request that says where to go on.
type page struct {
	Limit     *int
	NextToken string
}

func (r page) check(c *checks) {
	c.between("limit", r.Limit, 0, maxPage)
	c.optional("nextToken", r.NextToken, pageKeyRule)
}

func (r page) size() int {
	if r.Limit == nil || *r.Limit == 0 {
		return maxPage
	}
	return *r.Limit
}

// after returns the key of the last item of the page before.
func (r page) after() (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(r.NextToken)
	if err != nil {
		return "", refuse(kindInvalidParameter, "Invalid pagination token.")
	}
	return string(key), nil
}

// cut takes a list of up to size+1 items to size of them and the token for the
// rest, which is empty when there is none.
func cut[T any](items []T, size int, key func(T) string) (kept []T, next string) {
	if len(items) <= size {
		return items, ""
	}
	return items[:size], base64.RawURLEncoding.EncodeToString([]byte(key(items[size-1])))
}
