package main

import (
	"fmt"

	"github.com/spacefinder/spacefinder/api"
	"github.com/spacefinder/spacefinder/internal/devpages"
)

// newPages returns what a developer reads: the first page, the OpenAPI document,
// and the pages below /docs.
func (f *serveFlags) newPages(s *system) (*devpages.Pages, error) {
	pages, err := devpages.New(devpages.Config{
		Document:    api.Document,
		BaseURL:     s.baseURL,
		Version:     version(),
		Region:      f.pool.region,
		ClientID:    s.pool.ClientID(),
		CognitoPath: cognitoPrefix,
		ConsolePath: f.console.path(),
		Check:       checkDatabase(s.db),
	})
	if err != nil {
		return nil, fmt.Errorf("the developer's pages: %w", err)
	}
	return pages, nil
}

func pageMounts(pages *devpages.Pages) []mount {
	return []mount{
		mountReads("/", pages),
		mountAt("/openapi.yaml", pages),
		mountAt("/openapi.json", pages),
		mountBelow("/docs", pages),
	}
}
