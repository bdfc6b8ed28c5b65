package userpool

import "errors"

// SignInOutcome is what became of an attempt to sign in with a password,
// through the API or the hosted pages. Refreshed tokens are no attempts.
type SignInOutcome string

// The outcomes of sign-ins.
const (
	SignInOK      SignInOutcome = "ok"      // the password was right
	SignInRefused SignInOutcome = "refused" // it was wrong, or the user may not sign in now
	SignInLocked  SignInOutcome = "locked"  // not looked at, after too many wrong ones
	SignInFailed  SignInOutcome = "failed"  // a fault of ours
)

// SignInOutcomes returns all outcomes.
func SignInOutcomes() []SignInOutcome {
	return []SignInOutcome{SignInOK, SignInRefused, SignInLocked, SignInFailed}
}

func outcomeOf(err error) SignInOutcome {
	var refusal *apiError
	switch {
	case err == nil:
		return SignInOK
	case errors.Is(err, errLockedOut):
		return SignInLocked
	case errors.As(err, &refusal) && refusal != errTooBusy:
		return SignInRefused
	default:
		return SignInFailed
	}
}
