package lake

import (
	"testing"

	"go.uber.org/goleak"
)

// Nothing the lake starts outlives Close.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
