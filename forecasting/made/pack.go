package made

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/agner-platform/agner/forecasting/series"
	"github.com/agner-platform/agner/internal/db/outlook"
	"github.com/agner-platform/agner/internal/interval"
)

// Pack digests a forecast and its inputs for storing.
func Pack(in *Inputs, f *Forecast) (outlook.Forecast, string, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return outlook.Forecast{}, "", err
	}
	body, err := json.Marshal(f)
	if err != nil {
		return outlook.Forecast{}, "", err
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(raw); err != nil {
		return outlook.Forecast{}, "", err
	}
	if err := z.Close(); err != nil {
		return outlook.Forecast{}, "", err
	}
	return outlook.Forecast{Queue: in.Queue, Inputs: Digest(raw), Digest: Digest(body), Body: body}, base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// Digest names bytes by their SHA-256.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Unpack reads stored inputs and holds them against their digest.
func Unpack(hash, packed string) (*Inputs, error) {
	b, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil, fmt.Errorf("inputs %s: %w", hash, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("inputs %s: %w", hash, err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("inputs %s: %w", hash, err)
	}
	if Digest(raw) != hash {
		return nil, fmt.Errorf("inputs %s: their digest is %s", hash, Digest(raw))
	}
	in := &Inputs{}
	return in, json.Unmarshal(raw, in)
}

// youngDays is the history below which siblings help.
const youngDays = 28

// Age says how many days have data, how many calls there were, and whether that is little.
func Age(s *series.Series) (days int, calls float64, young bool) {
	for d := range s.Days {
		if t, n, _ := s.Total(d); n > 0 && t > 0 {
			days, calls = days+1, calls+t
		}
	}
	return days, calls, days < youngDays
}

// ShapeOf is a queue's mean calls by weekday and slot over its last eight weeks.
func ShapeOf(in *Inputs) []float64 {
	slots := MinutesOfDay / in.Minutes
	out, n := make([]float64, 7*slots), [7]float64{}
	first, err := interval.ReadDate(in.First)
	if err != nil {
		return out
	}
	days := len(in.Calls) / slots
	for d := max(0, days-56); d < days; d++ {
		wd := int(first.AddDays(d).Weekday())
		n[wd]++
		for i := range slots {
			out[wd*slots+i] += max(0, in.Calls[d*slots+i])
		}
	}
	for i := range out {
		if k := n[i/slots]; k > 0 {
			out[i] /= k
		}
	}
	return out
}

// MeanOf is the mean of shapes.
func MeanOf(list [][]float64) []float64 {
	out := make([]float64, len(list[0]))
	for _, v := range list {
		for i := range out {
			out[i] += v[i] / float64(len(list))
		}
	}
	return Round(out, 1000)
}
