package pages_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/userpool/pages"
)

func draw(t *testing.T, p pages.Page) string {
	t.Helper()
	var b strings.Builder
	if err := pages.New().Draw(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func fieldOf(name, value string) pages.Field {
	return pages.Field{Name: name, Label: "The " + name, Type: "text", Value: value}
}

func TestFieldsAreLabelledAndDescribed(t *testing.T) {
	code := fieldOf("code", "")
	code.Hint, code.Rules, code.Fault, code.Code = "Six digits", []string{"digits alone"}, "That is no code.", true
	code.Autocomplete, code.InputMode = "one-time-code", "numeric"
	got := draw(t, pages.Page{Form: &pages.Form{Fields: []pages.Field{code}}})
	for _, want := range []string{
		`<label for="code">The code</label>`, `id="code" name="code"`, `autocomplete="one-time-code"`, `inputmode="numeric"`,
		`aria-describedby="code-fault code-hint code-rules"`, `aria-invalid="true"`, `id="code-hint">Six digits`, `id="code-rules"`,
		`<li>digits alone</li>`, `id="code-fault">That is no code.`, `class="input-code"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	plain := draw(t, pages.Page{Form: &pages.Form{Fields: []pages.Field{fieldOf("name", "Ada")}}})
	for _, unwanted := range []string{"aria-", "autocomplete", "inputmode", "<ul", "role="} {
		if strings.Contains(plain, unwanted) {
			t.Errorf("%s is there: %s", unwanted, plain)
		}
	}
}

// TestFocus says what a keyboard or a screen reader begins with.
func TestFocus(t *testing.T) {
	faulty := fieldOf("second", "x")
	faulty.Fault = "Wrong."
	for name, tt := range map[string]struct {
		page pages.Page
		want string
	}{
		"the first empty field":       {pages.Page{Form: &pages.Form{Fields: []pages.Field{fieldOf("first", "x"), fieldOf("second", "")}}}, `id="second"`},
		"none when all are filled in": {pages.Page{Form: &pages.Form{Fields: []pages.Field{fieldOf("first", "x")}}}, ""},
		"none without a form":         {pages.Page{}, ""},
		"what is wrong":               {pages.Page{Wrong: "No.", Form: &pages.Form{Fields: []pages.Field{fieldOf("first", "")}}}, `role="alert"`},
		"the fault of a field":        {pages.Page{Form: &pages.Form{Fields: []pages.Field{fieldOf("first", ""), faulty}}}, `role="alert"`},
	} {
		t.Run(name, func(t *testing.T) {
			var focused []string
			for _, line := range strings.Split(draw(t, tt.page), "\n") {
				if strings.Contains(line, "autofocus") {
					focused = append(focused, line)
				}
			}
			if (tt.want == "" && len(focused) != 0) || (tt.want != "" && (len(focused) != 1 || !strings.Contains(focused[0], tt.want))) {
				t.Errorf("focused: %q", focused)
			}
		})
	}
}

func TestFaultsAreListedWithLinksToTheirFields(t *testing.T) {
	first, second := fieldOf("first", ""), fieldOf("second", "")
	first.Fault, second.Fault = "Enter the first.", "Enter the second."
	got := draw(t, pages.Page{Title: "Sign in", Form: &pages.Form{Fields: []pages.Field{first, second}}})
	for _, want := range []string{
		"<title>Error: Sign in - SpaceFinder</title>", `<a href="#first">Enter the first.</a>`, `<a href="#second">Enter the second.</a>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

func TestFormsHaveOneOrTwoButtons(t *testing.T) {
	form := pages.Form{Action: "/a?b=c&d=e", Submit: "Go", Hidden: []pages.Hidden{{Name: "h", Value: `"1"`}}}
	one := draw(t, pages.Page{Form: &form})
	if !strings.Contains(one, `action="/a?b=c&amp;d=e"`) || !strings.Contains(one, `name="h" value="&#34;1&#34;"`) || strings.Count(one, "<button") != 1 {
		t.Error(one)
	}
	form.Other = &pages.Other{Lead: "No code?", Submit: "Send one", Action: "/other"}
	two := draw(t, pages.Page{Form: &form})
	if !strings.Contains(two, `formaction="/other" formnovalidate>Send one`) || strings.Index(two, ">Go<") > strings.Index(two, ">Send one<") {
		t.Error(two)
	}
}

func TestWhatIsShownIsEscaped(t *testing.T) {
	const evil = `"'><script>alert(1)</script>`
	field := fieldOf("x", evil)
	field.Fault, field.Hint, field.Label, field.Rules = evil, evil, evil, []string{evil}
	got := draw(t, pages.Page{
		Title: evil, Intro: evil, Good: evil, Wrong: evil, Style: "/style.css",
		Form:  &pages.Form{Action: "javascript:alert(1)", Submit: evil, Fields: []pages.Field{field}, Hidden: []pages.Hidden{{Name: "h", Value: evil}}},
		Links: []pages.Link{{Lead: evil, Text: evil, Address: "javascript:alert(1)"}},
	})
	for _, unwanted := range []string{"<script", `"'>`, "javascript:"} {
		if strings.Contains(got, unwanted) {
			t.Errorf("%s came through: %s", unwanted, got)
		}
	}
}

// brokenPipe is a client that is gone.
type brokenPipe struct{ err error }

func (b brokenPipe) Write([]byte) (int, error) { return 0, b.err }

func TestWritingThatFailsIsReported(t *testing.T) {
	gone := errors.New("gone")
	if err := pages.New().Draw(brokenPipe{gone}, pages.Page{}); !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
}
