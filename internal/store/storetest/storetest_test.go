package storetest_test

import (
	"testing"

	"github.com/spacefinder/spacefinder/internal/store/storetest"
)

func TestTheModelPasses(t *testing.T) {
	storetest.Run(t, func(testing.TB) storetest.Stores { return storetest.Model() })
}
