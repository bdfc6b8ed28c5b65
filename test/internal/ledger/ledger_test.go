package ledger

import "testing"

func TestSettle(t *testing.T) {
	type entry struct {
		wanted  string
		outcome Outcome
	}
	for name, c := range map[string]struct {
		entries []entry
		found   string
		broken  bool
	}{
		"acknowledged and there":          {[]entry{{"a", Acknowledged}}, "a", false},
		"acknowledged and lost":           {[]entry{{"a", Acknowledged}}, Absent, true},
		"acknowledged and different":      {[]entry{{"a", Acknowledged}}, "b", true},
		"unanswered and there":            {[]entry{{"a", Unknown}}, "a", false},
		"unanswered and not there":        {[]entry{{"a", Unknown}}, Absent, false},
		"unanswered and half there":       {[]entry{{"a", Unknown}}, "half", true},
		"unanswered change, done":         {[]entry{{"a", Acknowledged}, {"b", Unknown}}, "b", false},
		"unanswered change, not done":     {[]entry{{"a", Acknowledged}, {"b", Unknown}}, "a", false},
		"unanswered change, item lost":    {[]entry{{"a", Acknowledged}, {"b", Unknown}}, Absent, true},
		"refused and not there":           {[]entry{{"a", Refused}}, Absent, false},
		"refused and there all the same":  {[]entry{{"a", Refused}}, "a", true},
		"deleted and gone":                {[]entry{{"a", Acknowledged}, {Absent, Acknowledged}}, Absent, false},
		"deleted and there":               {[]entry{{"a", Acknowledged}, {Absent, Acknowledged}}, "a", true},
		"an answer ends an earlier doubt": {[]entry{{"a", Unknown}, {"b", Acknowledged}}, "a", true},
	} {
		t.Run(name, func(t *testing.T) {
			l := New()
			for _, e := range c.entries {
				l.Record("item", e.wanted, e.outcome)
			}
			now := map[string]string{}
			if c.found != Absent {
				now["item"] = c.found
			}
			if err := l.Settle(now); (err != nil) != c.broken {
				t.Errorf("want broken: %v, got %v", c.broken, err)
			}
			if err := l.Settle(now); err != nil {
				t.Errorf("what was found once is what is owed now: %v", err)
			}
		})
	}
	if err := New().Settle(map[string]string{"stranger": "x"}); err == nil {
		t.Error("an item that nobody asked for is no matter")
	}
}
