package wire

import "sync/atomic"

// What attempts cost of the budget, as in the standard mode of the AWS SDKs.
// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
const (
	wholeBudget = 500
	priceOfWait = 10 // of the attempt after one that was not answered in time
	priceOfNext = 5  // of the attempt after any other failure
	earning     = 1  // of a call that its first attempt answers
)

// A budget bounds how many attempts a client makes beyond the first of each call,
// over all of its calls: when DynamoDB fails for everybody, repeating everything
// would make it worse. It may be used by several goroutines.
type budget struct{ spent atomic.Int64 }

// take takes the price of an attempt, and reports whether it was there.
func (b *budget) take(price int64) bool {
	if b.spent.Add(price) <= wholeBudget {
		return true
	}
	b.spent.Add(-price)
	return false
}

// give returns what an attempt that succeeded had cost, or an earning, up to the
// whole budget.
func (b *budget) give(amount int64) {
	for spent := b.spent.Load(); spent > 0; spent = b.spent.Load() {
		if b.spent.CompareAndSwap(spent, max(0, spent-amount)) {
			return
		}
	}
}
