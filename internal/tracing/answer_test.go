package tracing

import (
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// Whatever an endpoint answers, reading it ends, and what it says is bounded.
func FuzzRejection(f *testing.F) {
	partial := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 2)
	partial = protowire.AppendString(protowire.AppendTag(partial, 2, protowire.BytesType), "too old")
	f.Add(protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), partial))
	f.Add([]byte(`{"partialSuccess":{}}`))
	f.Add([]byte{})
	f.Add([]byte{0x0a, 0xff})
	f.Fuzz(func(t *testing.T, answer []byte) {
		if err := rejection(answer); err != nil && len(err.Error()) > 4*maxReason+100 {
			t.Errorf("the error is %d bytes long", len(err.Error()))
		}
	})
}
