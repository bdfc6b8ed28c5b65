package transfer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/transfer"
)

func TestBookingsFollowTheirUsersToNewIDs(t *testing.T) {
	t.Parallel()
	from, to := model(), model()
	fill(t, from)
	file := write(t, export(t, from))
	users, err := transfer.ReadUserMap(strings.NewReader("oldUserID,newUserID\r\nada,\"new-ada\"\r\nbob,new-bob\r\nnobody,x\r\n"))
	must(t, err)
	i := into(to, file)
	i.Users = users
	_, err = i.Run(t.Context())
	must(t, err)
	for old, now := range map[string]string{"ada": "new-ada", "bob": "new-bob"} {
		page := store.BookingPage{Interval: store.AllTime(), Limit: 100}
		before, _, err := from.Bookings.ListByUser(t.Context(), old, page)
		must(t, err)
		after, _, err := to.Bookings.ListByUser(t.Context(), now, page)
		must(t, err)
		if len(before) == 0 || len(before) != len(after) {
			t.Fatalf("%s had %d bookings, %s has %d", old, len(before), now, len(after))
		}
		for n := range before {
			before[n].UserID = now
			if before[n] != after[n] {
				t.Errorf("got %+v, want %+v", after[n], before[n])
			}
		}
	}
	report, err := i.Run(t.Context())
	if err != nil || report.Existing != 22 {
		t.Errorf("a second run: %v, %+v", err, report)
	}
}

func TestUsersWhomTheMapDoesNotName(t *testing.T) {
	t.Parallel()
	from, to := model(), model()
	fill(t, from)
	i := into(to, write(t, export(t, from)))
	users, err := transfer.ReadUserMap(strings.NewReader("oldUserID,newUserID\nada,new-ada\n"))
	must(t, err)
	i.Users = users
	_, err = i.Run(t.Context())
	fails(t, err, "6 bookings are of users that the user map does not name; the first is x8 in line 7, of bob")
	if l, _, _ := to.Locations.List(t.Context(), store.Page{Limit: 1}); len(l) > 0 {
		t.Error("something was stored all the same")
	}
	i.KeepUnmapped = true
	_, err = i.Run(t.Context())
	must(t, err)
	_, err = to.Bookings.Get(t.Context(), "bob", "x8")
	must(t, err)
}

func TestAUserMapIsChecked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"empty":               {"", "does not begin with the line"},
		"no header":           {"ada,new\n", `does not begin with the line "oldUserID,newUserID"`},
		"columns changed":     {"newUserID,oldUserID\nada,new\n", "does not begin with the line"},
		"one column":          {"oldUserID,newUserID\nada\n", "wrong number of fields"},
		"three columns":       {"oldUserID,newUserID\nada,b,c\n", "wrong number of fields"},
		"no id":               {"oldUserID,newUserID\nada,new\nbob,\n", `line 3: "bob","" are not two ids`},
		"an e-mail with name": {"oldUserID,newUserID\nAda <a@b>,x\n", "line 2"},
		"a user twice":        {"oldUserID,newUserID\nada,x\nada,y\n", "line 3: ada stands in it twice"},
		"a quotation mark":    {"oldUserID,newUserID\n\"ada,x\n", "below its header"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := transfer.ReadUserMap(strings.NewReader(test.text))
			fails(t, err, test.want)
		})
	}
	_, err := transfer.ReadUserMap(strings.NewReader("oldUserID,newUserID\nada,same\nbob,same\n"))
	must(t, err)
}

const userHeader = "name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,email,email_verified," +
	"gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,address,updated_at,cognito:mfa_enabled,cognito:username\n"

func TestUsersAreWrittenAsCognitoImportsThem(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	out, err := transfer.NewUserWriter(&file)
	must(t, err)
	must(t, out.Write(transfer.User{Enabled: true, Attributes: map[string]string{
		"sub": "1", "email": "ada@example.com", "email_verified": "true",
	}}))
	must(t, out.Write(transfer.User{Enabled: true, Attributes: map[string]string{
		"email": "bob@example.com", "email_verified": "true", "name": `Bob, the "builder"`, "birthdate": "1990-02-01",
		"phone_number": "+49", "phone_number_verified": "true", "locale": "de",
	}}))
	must(t, out.Close())
	want := userHeader +
		",,,,,,,,,ada@example.com,true,,,,,,false,,,false,ada@example.com\n" +
		`Bob\, the "builder",,,,,,,,,bob@example.com,true,,02/01/1990,,de,+49,true,,,false,bob@example.com` + "\n"
	if file.String() != want {
		t.Errorf("got\n%s\nwant\n%s", file.String(), want)
	}
}

func TestUsersWhoCannotMoveAreLeftOut(t *testing.T) {
	t.Parallel()
	verified := func(name, value string) transfer.User {
		return transfer.User{Enabled: true, Attributes: map[string]string{"email": "a@b", "email_verified": "true", name: value}}
	}
	disabled := verified("", "")
	disabled.Enabled = false
	var file strings.Builder
	out, err := transfer.NewUserWriter(&file)
	must(t, err)
	for name, test := range map[string]struct {
		user transfer.User
		want error
	}{
		"disabled":                       {disabled, transfer.ErrDisabled},
		"address not verified":           {verified("email_verified", "false"), transfer.ErrNotVerified},
		"nobody knows whether verified":  {transfer.User{Enabled: true}, transfer.ErrNotVerified},
		"a line break":                   {verified("address", "Street 1\nTown"), transfer.ErrLineBreak},
		"longer than Cognito's longest":  {verified("address", strings.Repeat("x", 16_000)), transfer.ErrRowTooLong},
		"as long as it is with the rest": {verified("address", strings.Repeat("ü", 15_959)), nil},
	} {
		if err := out.Write(test.user); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if transfer.CannotMove(test.want) != (test.want != nil) {
			t.Errorf("%s: %v is not told from an error of the file", name, test.want)
		}
	}
	must(t, out.Close())
	if lines := strings.Count(file.String(), "\n"); lines != 2 {
		t.Errorf("the file has %d lines, want the header and one user", lines)
	}
}
