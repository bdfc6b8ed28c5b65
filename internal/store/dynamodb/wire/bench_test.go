package wire

import (
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

func BenchmarkReadPage(b *testing.B) {
	item := `{"pk":{"S":"user#01890a5d-ac96-774b-bcce-b302099a8052"},"sk":{"S":"001900000000#01890a5d-ac96-774b-bcce-b302099a8053"},` +
		`"bookingID":{"S":"01890a5d-ac96-774b-bcce-b302099a8053"},"userID":{"S":"01890a5d-ac96-774b-bcce-b302099a8052"},` +
		`"starttimeepochtime":{"N":"1900000000"},"endtimeepochtime":{"N":"1900003600"},"timestamp":{"S":"2026-01-02T03:04:05.678Z"}}`
	page := `{"Count":20,"Items":[` + strings.Repeat(item+",", 19) + item + `],"ScannedCount":20}`
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readPage(page, "t", func(table.Item) {}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	s := &signer{region: "r", host: "dynamodb.example"}
	c := Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "token"}
	body := []byte(strings.Repeat("x", 4000)) // as in a transaction
	b.ReportAllocs()
	for b.Loop() {
		s.sign(c, target, body, when)
	}
}
