package test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

// From the first visit to a booked room and back, as people would do it.
func TestJourneyFromSignUpToBooking(t *testing.T) {
	needsFolder(t)
	email, password := people.NewEmail("ada"), people.NewPassword()

	signUp(t, email, password)
	user := firstSignIn(t, email, password)
	ada := shared.api.As(user.IDToken)

	administrator := signInFirstAdministrator(t)
	munich, isar := openMunichOffice(t, administrator)

	findsTheRoom(t, ada, munich, isar)
	booking := booksTheRoom(t, ada, user.ID, munich, isar)
	neighbourMeetsTheBooking(t, munich, isar, booking)
	booking = movesTheBooking(t, ada, user.ID, booking)
	administratorSeesTheBooking(t, administrator, user.ID, munich, isar, booking)
	cancelsTheBooking(t, ada, user.ID, booking)
	closesMunichOffice(t, administrator, munich, isar)
}

// A person creates an account; only the code that is sent opens it.
func signUp(t *testing.T, email, password string) {
	t.Helper()
	pool := shared.pool
	pool.Keep(password)
	created, err := pool.Client.SignUp(t.Context(), &cognito.SignUpInput{
		ClientId: &pool.ClientID, Username: &email, Password: &password,
		UserAttributes: []types.AttributeType{{Name: aws.String("name"), Value: aws.String("Ada")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if created.UserConfirmed || aws.ToString(created.UserSub) == "" || created.CodeDeliveryDetails == nil {
		t.Fatalf("want an unconfirmed user and a code on its way, got %+v", created)
	}
	_, err = pool.SignIn(t.Context(), email, password)
	expectCognito(t, err, "UserNotConfirmedException", "User is not confirmed.")

	_, err = pool.Client.ConfirmSignUp(t.Context(), &cognito.ConfirmSignUpInput{
		ClientId: &pool.ClientID, Username: &email, ConfirmationCode: aws.String("not-it"),
	})
	expectCognito(t, err, "CodeMismatchException", "Invalid verification code provided, please try again.")

	code, err := shared.system.Code(email)
	if err != nil {
		t.Fatal(err)
	}
	_, err = pool.Client.ConfirmSignUp(t.Context(), &cognito.ConfirmSignUpInput{
		ClientId: &pool.ClientID, Username: &email, ConfirmationCode: &code,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Both ways of proving a password sign in the same person.
func firstSignIn(t *testing.T, email, password string) people.User {
	t.Helper()
	_, err := shared.pool.SignIn(t.Context(), email, "Wrong-Password-1")
	expectCognito(t, err, "NotAuthorizedException", "Incorrect username or password.")
	_, err = shared.pool.SignInSRP(t.Context(), email, "Wrong-Password-1")
	expectCognito(t, err, "NotAuthorizedException", "Incorrect username or password.")

	user := people.User{Email: email, Password: password}
	if user.Tokens, err = shared.pool.SignIn(t.Context(), email, password); err != nil {
		t.Fatal(err)
	}
	srp, err := shared.pool.SignInSRP(t.Context(), email, password)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := people.Claims(user.IDToken)
	if err != nil {
		t.Fatal(err)
	}
	if claims["email"] != email || claims["email_verified"] != true || claims["token_use"] != "id" || claims["name"] != "Ada" {
		t.Errorf("the ID token does not say who Ada is: %v", claims)
	}
	if claims["iss"] != shared.system.Outputs.Issuer() || claims["aud"] != shared.pool.ClientID {
		t.Errorf("the ID token is from %v for %v", claims["iss"], claims["aud"])
	}
	user.ID, err = people.Subject(user.IDToken)
	if err != nil {
		t.Fatal(err)
	}
	if sub, err := people.Subject(srp.IDToken); err != nil || sub != user.ID {
		t.Errorf("SRP signs in %s, the password %s (%v)", sub, user.ID, err)
	}
	return user
}

// The password that the first start prints opens the administrator's account.
func signInFirstAdministrator(t *testing.T) client.Session {
	t.Helper()
	password, err := shared.system.FirstPassword()
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := shared.pool.SignIn(t.Context(), "admin@example.com", password)
	if err != nil {
		t.Fatal(err)
	}
	return shared.api.As("Bearer " + tokens.IDToken)
}

func openMunichOffice(t *testing.T, administrator client.Session) (munich client.Location, isar client.Resource) {
	t.Helper()
	created := administrator.Put(t, "/locations", client.Location{
		Name: "Munich office", Description: "Five floors beside the river", TimeZone: "Europe/Berlin",
		ImageURL: "https://example.com/munich.jpg",
	}).Expect(t, http.StatusCreated)
	munich = client.Decode[client.Location](t, created)
	if address := created.Header.Get("Location"); address != "locations/"+munich.LocationID {
		t.Errorf("the new location's address is %q, its id %s", address, munich.LocationID)
	}
	created = administrator.Put(t, locationPath(munich.LocationID)+"/resources", client.Resource{
		Name: "Isar", Type: "room", Capacity: 8, Amenities: []string{"screen", "whiteboard"},
	}).Expect(t, http.StatusCreated)
	isar = client.Decode[client.Resource](t, created)
	if isar.LocationID != munich.LocationID {
		t.Errorf("the room is at %s", isar.LocationID)
	}
	return munich, isar
}

func findsTheRoom(t *testing.T, ada client.Session, munich client.Location, isar client.Resource) {
	t.Helper()
	if got := client.Decode[client.Location](t, ada.Get(t, locationPath(munich.LocationID)).Expect(t, 200)); got != munich {
		t.Errorf("Ada reads the location %+v", got)
	}
	rooms, _ := client.All[client.Resource](t, ada, locationPath(munich.LocationID)+"/resources")
	if len(rooms) != 1 || rooms[0].Name != "Isar" || !slices.Equal(rooms[0].Amenities, isar.Amenities) {
		t.Errorf("Ada sees the rooms %+v", rooms)
	}
	taken := ada.Get(t, resourcePath(munich.LocationID, isar.ResourceID)+"/bookings").Expect(t, http.StatusOK)
	if string(taken.Body) != "[]" {
		t.Errorf("the new room is taken: %s", taken.Body)
	}
	expectDenied(t, ada.Put(t, "/locations", client.Location{Name: "Ada's own office"}))
}

// Only the start is given: the booking lasts an hour.
func booksTheRoom(t *testing.T, ada client.Session, me string, munich client.Location, isar client.Resource) client.Booking {
	t.Helper()
	created := ada.Put(t, "/users/"+me+"/bookings", client.Booking{
		ResourceID: isar.ResourceID, Start: "2030-01-07T10:00:00+01:00",
	}).Expect(t, http.StatusCreated)
	b := client.Decode[client.Booking](t, created)
	want := client.Booking{
		BookingID: b.BookingID, UserID: me, ResourceID: isar.ResourceID, LocationID: munich.LocationID,
		StartTimeEpochTime: 1894006800, EndTimeEpochTime: 1894010400,
		Start: "2030-01-07T09:00:00Z", End: "2030-01-07T10:00:00Z", Timestamp: b.Timestamp,
	}
	if b != want {
		t.Errorf("want the booking %+v, got %+v", want, b)
	}
	if address := created.Header.Get("Location"); address != "bookings/"+b.BookingID {
		t.Errorf("the new booking's address is %q, its id %s", address, b.BookingID)
	}
	mine, _ := client.All[client.Booking](t, ada, "/users/"+me+"/bookings")
	if len(mine) != 1 || mine[0] != b {
		t.Errorf("Ada's bookings are %+v", mine)
	}
	return b
}

// Somebody else learns when the room is taken, and not by whom; the hour that
// follows is free.
func neighbourMeetsTheBooking(t *testing.T, munich client.Location, isar client.Resource, taken client.Booking) {
	t.Helper()
	bob := shared.as(shared.bob)
	r := room{location: munich.LocationID, resource: isar.ResourceID}
	refused := bob.Put(t, "/users/"+shared.bob.ID+"/bookings", client.Booking{
		ResourceID: r.resource, Start: "2030-01-07T09:30:00Z", End: "2030-01-07T11:00:00Z",
	})
	problem := expectProblem(t, refused, http.StatusConflict, "booking_conflict")
	want := client.Interval{
		StartTimeEpochTime: taken.StartTimeEpochTime, EndTimeEpochTime: taken.EndTimeEpochTime, Start: taken.Start, End: taken.End,
	}
	if problem.Conflict == nil || *problem.Conflict != want {
		t.Errorf("want the clash %+v, got %+v", want, problem.Conflict)
	}
	if strings.Contains(string(refused.Body), taken.UserID) || strings.Contains(string(refused.Body), taken.BookingID) {
		t.Errorf("the answer tells who has the room: %s", refused.Body)
	}
	id := newID("bob")
	book(t, bob, shared.bob.ID, id, client.Booking{ResourceID: r.resource, StartTimeEpochTime: taken.EndTimeEpochTime})
	expectDenied(t, bob.Get(t, bookingPath(taken.UserID, taken.BookingID)))
	bob.Delete(t, bookingPath(shared.bob.ID, id)).Expect(t, http.StatusOK)
}

// A change is made on the state that Ada saw, once.
func movesTheBooking(t *testing.T, ada client.Session, me string, b client.Booking) client.Booking {
	t.Helper()
	path := bookingPath(me, b.BookingID)
	seen := ada.Get(t, path).Expect(t, http.StatusOK).ETag()
	change := client.Booking{ResourceID: b.ResourceID, Start: "2030-01-07T13:00:00Z", End: "2030-01-07T14:30:00Z"}
	moved := ada.Put(t, path, change, client.With("If-Match", seen)).Expect(t, http.StatusOK)
	change.End = "2030-01-07T15:00:00Z"
	expectProblem(t, ada.Put(t, path, change, client.With("If-Match", seen)), http.StatusPreconditionFailed, "precondition_failed")
	return client.Decode[client.Booking](t, moved)
}

func administratorSeesTheBooking(
	t *testing.T, administrator client.Session, user string, munich client.Location, isar client.Resource, b client.Booking,
) {
	t.Helper()
	for _, path := range []string{"/users/" + user + "/bookings", resourcePath(munich.LocationID, isar.ResourceID) + "/bookings"} {
		bookings, _ := client.All[client.Booking](t, administrator, path)
		if len(bookings) != 1 || bookings[0] != b {
			t.Errorf("%s: want only %+v, got %+v", path, b, bookings)
		}
	}
	refused := administrator.Delete(t, resourcePath(munich.LocationID, isar.ResourceID))
	expectProblem(t, refused, http.StatusConflict, "not_empty")
	refused = administrator.Delete(t, locationPath(munich.LocationID))
	expectProblem(t, refused, http.StatusConflict, "not_empty")
}

func cancelsTheBooking(t *testing.T, ada client.Session, me string, b client.Booking) {
	t.Helper()
	path := bookingPath(me, b.BookingID)
	ada.Delete(t, path).Expect(t, http.StatusOK)
	ada.Delete(t, path).Expect(t, http.StatusOK)
	expectProblem(t, ada.Get(t, path), http.StatusNotFound, "not_found")
}

func closesMunichOffice(t *testing.T, administrator client.Session, munich client.Location, isar client.Resource) {
	t.Helper()
	administrator.Delete(t, resourcePath(munich.LocationID, isar.ResourceID)).Expect(t, http.StatusOK)
	administrator.Delete(t, locationPath(munich.LocationID)).Expect(t, http.StatusOK)
	expectProblem(t, administrator.Get(t, locationPath(munich.LocationID)), http.StatusNotFound, "not_found")
}
