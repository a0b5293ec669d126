package setup

import (
	"testing"

	"github.com/agner-platform/agner/web/api/rest/resttest"
)

func TestGeneratedFileIsCurrent(t *testing.T) { resttest.Generated(t, "../../../.tools/bin") }
