package transfer_test

import (
	"testing"
)

// Whatever bytes come, an import either refuses them or stores exactly what a
// new export gives back in every item.
func FuzzImport(f *testing.F) {
	s := model()
	fill(f, s)
	whole := export(f, s)
	f.Add([]byte(whole))
	f.Add([]byte(whole[:len(whole)/2]))
	f.Add([]byte(seal(head, locationLine("a"), resourceLine("a", "r"), bookingLine("a", "r", "b", 0, 3600))))
	f.Add([]byte(seal(head, locationLine("a"), locationLine("a"))))
	f.Add([]byte(`{"export":{"version":1,"exportedAt":"2026-11-22T18:00:00+01:00"}}` + "\n{}\n"))
	f.Add([]byte{})
	file := write(f, "")
	f.Fuzz(func(t *testing.T, content []byte) {
		rewrite(t, file, string(content))
		to := model()
		report, err := into(to, file).Run(t.Context())
		if err != nil {
			return
		}
		again := model()
		rewrite(t, file, export(t, to))
		second, err := into(again, file).Run(t.Context())
		if err != nil || second != report || export(t, again) != export(t, to) {
			t.Errorf("%v, %+v, first it was %+v", err, second, report)
		}
	})
}
