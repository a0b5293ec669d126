package personal

import (
	"fmt"
	"testing"

	"github.com/agner-platform/agner/internal/db"
)

// An import remembers every caller; it must not be what holds it below a million rows a minute.
func BenchmarkRemember(b *testing.B) {
	s, err := db.Open(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	v, err := Open(b.Context(), s)
	if err != nil {
		b.Fatal(err)
	}
	parties := make([]Party, b.N)
	for i := range parties {
		parties[i] = Party{Number: fmt.Sprintf("+3725%09d", i), SeenAt: db.Stamp(i)}
	}
	b.ResetTimer()
	if err := v.Remember(b.Context(), parties); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkPseudonym(b *testing.B) {
	v := &Vault{Key: Key{make([]byte, keyLen)}}
	for b.Loop() {
		v.Pseudonym("+372 5551 2345")
	}
}
