package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkRead gets a page of 50 of each of the long lists, and single rows, without the network.
func BenchmarkRead(b *testing.B) {
	f := serve(b)
	in := "/api/v1/engagements/" + f.engagement
	for name, address := range map[string]string{
		"findings": in + "/findings", "concerns": in + "/concerns", "finding": "/api/v1/findings/" + f.first(b, "findings")["id"].(string), "me": "/api/v1/me",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, address, nil)
				r.Header.Set(header, string(f.people["owner"].Member))
				w := httptest.NewRecorder()
				f.handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
