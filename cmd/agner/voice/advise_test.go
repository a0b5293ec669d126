package voice

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// TestFetchAdvice takes a table, and refuses what makes no sense.
func TestFetchAdvice(t *testing.T) {
	f := func(status int, body, want string) {
		t.Helper()
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/routing/advice" {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			w.WriteHeader(status)
			w.Write([]byte(body)) //nolint:errcheck // the reader sees it
		}))
		defer srv.Close()
		to, err := url.Parse(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		got, err := fetchAdvice(t.Context(), &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(to)}})
		switch {
		case want == "" && (err != nil || got.Name != "f1" || got.Queues["q1"].Reserve != 2):
			t.Errorf("%s: %+v, %v", body, got, err)
		case want == "none" && !errors.Is(err, errNoAdvice):
			t.Errorf("%d: %v", status, err)
		case want == "bad" && (err == nil || errors.Is(err, errNoAdvice)):
			t.Errorf("%d %s was taken", status, body)
		}
	}
	f(200, `{"snapshot":"f1","made_at":1700000000000000,"queues":{"q1":{"reserve":2,"value":0.05,"within_us":20000000,"hold_us":15000000}}}`, "")
	f(404, "", "none")
	f(503, "", "bad")
	f(200, "{", "bad")
	f(200, `{"made_at":1}`, "bad")
	f(200, `{"snapshot":"f1"}`, "bad")
	f(200, `{"snapshot":"f1","made_at":1,"queues":{"q1":{"reserve":-1}}}`, "bad")
}
