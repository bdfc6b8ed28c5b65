package console

import (
	"net/http"
	"strconv"

	"github.com/spacefinder/spacefinder/internal/console/tail"
)

// maxSearch bounds each text that is searched for.
const maxSearch = 256

func (c *Console) requests(r *http.Request) (any, error) {
	query := r.URL.Query()
	q := tail.Query{
		Text:         query.Get("text"),
		Status:       query.Get("status"),
		HTTPMethod:   query.Get("method"),
		ResourcePath: query.Get("route"),
		Caller:       query.Get("caller"),
	}
	for _, text := range []string{q.Text, q.Status, q.HTTPMethod, q.ResourcePath, q.Caller} {
		if len(text) > maxSearch {
			return nil, badRequest("What is searched for is too long.")
		}
	}
	if err := readNumber(query.Get("after"), &q.After); err != nil {
		return nil, badRequest("after must be a number.")
	}
	var limit int64
	if err := readNumber(query.Get("limit"), &limit); err != nil || limit > tail.MaxLimit {
		return nil, badRequest("limit must be a number of at most " + strconv.Itoa(tail.MaxLimit) + ".")
	}
	q.Limit = int(limit)
	return c.cfg.Traffic.Search(q), nil
}

// readNumber sets the number to what the text says, unless it is empty.
func readNumber(text string, number *int64) error {
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 62)
	*number = int64(n)
	return err
}
