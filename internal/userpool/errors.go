package userpool

import "fmt"

// The exception types, as they appear on the wire.
const (
	kindAliasExists      = "AliasExistsException"
	kindCodeDelivery     = "CodeDeliveryFailureException"
	kindCodeMismatch     = "CodeMismatchException"
	kindExpiredCode      = "ExpiredCodeException"
	kindGroupExists      = "GroupExistsException"
	kindInternal         = "InternalErrorException"
	kindInvalidParameter = "InvalidParameterException"
	kindInvalidPassword  = "InvalidPasswordException"
	kindLimitExceeded    = "LimitExceededException"
	kindNotAuthorized    = "NotAuthorizedException"
	kindPasswordReset    = "PasswordResetRequiredException"
	kindResourceNotFound = "ResourceNotFoundException"
	kindSerialization    = "SerializationException"
	kindTooLarge         = "RequestEntityTooLargeException"
	kindTooManyRequests  = "TooManyRequestsException"
	kindUnavailable      = "ServiceUnavailableException"
	kindUnknownOperation = "UnknownOperationException"
	kindUnsupportedState = "UnsupportedUserStateException"
	kindUnsupportedToken = "UnsupportedTokenTypeException"
	kindUserNotConfirmed = "UserNotConfirmedException"
	kindUserNotFound     = "UserNotFoundException"
	kindUsernameExists   = "UsernameExistsException"
)

// apiError is a refusal whose kind and message are meant for the client.
type apiError struct {
	kind    string
	message string
}

func (e *apiError) Error() string { return e.kind + ": " + e.message }

func refuse(kind, format string, args ...any) error {
	return &apiError{kind: kind, message: fmt.Sprintf(format, args...)}
}

// Refusals that several operations share.
var (
	errWrongPassword  = &apiError{kindNotAuthorized, "Incorrect username or password."}
	errLockedOut      = &apiError{kindNotAuthorized, "Password attempts exceeded"}
	errUserDisabled   = &apiError{kindNotAuthorized, "User is disabled."}
	errNoUser         = &apiError{kindUserNotFound, "User does not exist."}
	errNoClientUser   = &apiError{kindUserNotFound, "Username/client id combination not found."}
	errCodeMismatch   = &apiError{kindCodeMismatch, "Invalid verification code provided, please try again."}
	errCodeExpired    = &apiError{kindExpiredCode, "Invalid code provided, please request a code again."}
	errTooManyTries   = &apiError{kindLimitExceeded, "Attempt limit exceeded, please try after some time."}
	errEmailTaken     = &apiError{kindUsernameExists, "An account with the given email already exists."}
	errAliasTaken     = &apiError{kindAliasExists, "An account with the email already exists."}
	errNoGroup        = &apiError{kindResourceNotFound, "Group not found."}
	errTooBusy        = &apiError{kindTooManyRequests, "Rate exceeded"}
	errNotDelivered   = &apiError{kindCodeDelivery, "The message could not be delivered."}
	errNotConfirmed   = &apiError{kindUserNotConfirmed, "User is not confirmed."}
	errMustReset      = &apiError{kindPasswordReset, "Password reset required for the user"}
	errTemporaryOld   = &apiError{kindNotAuthorized, "Temporary password has expired and must be reset by an administrator."}
	errNoSignUp       = &apiError{kindNotAuthorized, "SignUp is not permitted for this user pool"}
	errIsConfirmed    = &apiError{kindInvalidParameter, "User is already confirmed."}
	errSessionInvalid = &apiError{kindNotAuthorized, "Invalid session for the user."}
	errSessionExpired = &apiError{kindNotAuthorized, "Invalid session for the user, session is expired."}
	errSessionUsed    = &apiError{kindNotAuthorized, "Invalid session for the user, session can only be used once."}
	errWrongState     = &apiError{kindCodeMismatch, "Invalid code or auth state for the user."}
)

func missingParameter(name string) error {
	return refuse(kindInvalidParameter, "Missing required parameter %s", name)
}
