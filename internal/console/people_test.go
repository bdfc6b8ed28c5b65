package console_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestActionsReachThePoolAndAreLoggedWithWhoDidThem(t *testing.T) {
	for request, want := range map[string]struct {
		call, action, answer string
		status               int
	}{
		"POST api/users":                   {"create new@example.com", "create user", `{"id":"u2","password":"secret-of-u2"}`, http.StatusOK},
		"POST api/users/u1/reset-password": {"reset u1", "reset password", `{"id":"u1","password":"secret-of-u1"}`, http.StatusOK},
		"POST api/users/u1/enable":         {"enable u1", "enable user", "", http.StatusNoContent},
		"POST api/users/u1/disable":        {"disable u1", "disable user", "", http.StatusNoContent},
		"DELETE api/users/u1":              {"delete u1", "delete user", "", http.StatusNoContent},
		"PUT api/users/u1/groups/a%2Fb":    {"grant u1 a/b", "add to group", "", http.StatusNoContent},
		"DELETE api/users/u1/groups/staff": {"revoke u1 staff", "remove from group", "", http.StatusNoContent},
	} {
		t.Run(request, func(t *testing.T) {
			b := newBench(t)
			method, path, _ := strings.Cut(request, " ")
			w := b.do(method, path, `{"email":" new@example.com "}`)
			wantStatus(t, w, want.status)
			if !slices.Equal(b.people.calls, []string{want.call}) || w.Body.String() != want.answer {
				t.Errorf("did %q and answered %s", b.people.calls, w.Body)
			}
			for _, part := range []string{`"action":"` + want.action + `"`, `"by":"` + admin + `"`} {
				if !strings.Contains(b.log.String(), part) {
					t.Errorf("the log lacks %s: %s", part, b.log.String())
				}
			}
			if strings.Contains(b.log.String(), "secret-of") || strings.Contains(b.log.String(), "@") {
				t.Errorf("the log tells a password or an address: %s", b.log.String())
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("Cache-Control is %q", w.Header().Get("Cache-Control"))
			}
		})
	}
}

func TestNobodyLocksThemselvesOut(t *testing.T) {
	b := newBench(t)
	for _, request := range []string{"POST api/users/ID/disable", "DELETE api/users/ID", "DELETE api/users/ID/groups/apiAdmins"} {
		method, path, _ := strings.Cut(strings.ReplaceAll(request, "ID", admin), " ")
		wantStatus(t, b.do(method, path, ""), http.StatusConflict)
	}
	if len(b.people.calls) > 0 {
		t.Errorf("did %v", b.people.calls)
	}
	wantStatus(t, b.do(http.MethodDelete, "api/users/"+admin+"/groups/staff", ""), http.StatusNoContent)
	wantStatus(t, b.do(http.MethodPost, "api/users/"+admin+"/reset-password", ""), http.StatusOK)
}

// An address in the place of an id would be a way round what nobody may do to
// themselves.
func TestUsersAreNamedByTheirIDsAlone(t *testing.T) {
	b := newBench(t)
	for _, request := range []string{
		"GET api/users/ID", "DELETE api/users/ID", "POST api/users/ID/disable", "POST api/users/ID/enable", "POST api/users/ID/reset-password",
		"PUT api/users/ID/groups/staff", "DELETE api/users/ID/groups/apiAdmins",
	} {
		for _, address := range []string{"admin@example.com", "admin%40example.com"} {
			method, path, _ := strings.Cut(strings.ReplaceAll(request, "ID", address), " ")
			wantStatus(t, b.do(method, path, ""), http.StatusNotFound)
		}
	}
	if len(b.people.calls) > 0 || strings.Contains(b.log.String(), "@") {
		t.Errorf("did %v and logged %s", b.people.calls, b.log.String())
	}
}

func TestPeopleAreListed(t *testing.T) {
	b := newBench(t)
	var page struct {
		Users []struct{ Email string }
		Next  string
	}
	b.ask("api/users?email=%20ada&page=token", &page)
	if len(page.Users) != 1 || page.Users[0].Email != "<b>ada@example.com" || page.Next != "more" || b.people.calls[0] != "list ada token" {
		t.Errorf("got %+v by %q", page, b.people.calls)
	}
	var user struct{ ID string }
	b.ask("api/users/u7", &user)
	var groups struct{ Groups []struct{ Name string } }
	b.ask("api/groups", &groups)
	if user.ID != "u7" || len(groups.Groups) != 1 {
		t.Errorf("got %+v and %+v", user, groups)
	}
}

func TestWhatIsRefusedIsExplainedAndWhatFailsIsNot(t *testing.T) {
	b := newBench(t)
	b.people.err = errTaken
	w := b.do(http.MethodPost, "api/users", `{"email":"new@example.com"}`)
	wantStatus(t, w, http.StatusConflict)
	if w.Body.String() != `{"message":"An account with the email already exists."}` {
		t.Errorf("answered %s", w.Body)
	}
	b.people.err = errors.New("row 7 of pool_users is broken")
	w = b.do(http.MethodDelete, "api/users/u1", "")
	wantStatus(t, w, http.StatusInternalServerError)
	if strings.Contains(w.Body.String(), "pool_users") || !strings.Contains(b.log.String(), "pool_users") {
		t.Errorf("answered %s, logged %s", w.Body, b.log.String())
	}
	if strings.Contains(b.log.String(), "delete user") {
		t.Error("an action that failed is logged as done")
	}
}

func TestBodiesThatMakeNoSenseAreRefused(t *testing.T) {
	b := newBench(t)
	for _, body := range []string{"", "{}", "[]", `{"email":""}`, `{"email":7}`, `{"email":"a@example.com","groups":["apiAdmins"]}`,
		`{"email":"a@example.com","email":"b@example.com"}`, `{"email":"` + strings.Repeat("x", 5000) + `"}`} {
		wantStatus(t, b.do(http.MethodPost, "api/users", body), http.StatusBadRequest)
	}
	wantStatus(t, b.do(http.MethodGet, "api/users?email="+strings.Repeat("x", 257), ""), http.StatusBadRequest)
	if len(b.people.calls) > 0 {
		t.Errorf("did %v", b.people.calls)
	}
}
