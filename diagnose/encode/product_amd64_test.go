package encode

import (
	"math"
	"testing"
)

// TestVectorWithoutFastProducts is not parallel: it takes the fast way from everybody.
func TestVectorWithoutFastProducts(t *testing.T) {
	const text = "We tried that in 2021 and lost a week, so who would train the night shift?"
	want := Vector(text)
	defer func(was bool) { fast = was }(fast)
	fast = false
	for i, x := range Vector(text) {
		if math.Abs(float64(x-want[i])) > 1e-5 {
			t.Fatalf("number %d is %v instead of %v", i, x, want[i])
		}
	}
}
