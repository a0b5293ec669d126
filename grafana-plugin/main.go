// Command gpx_agner is the back end of Grafana's data source Agner.
package main

import (
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	"github.com/agner-platform/agner/grafana-plugin/pkg/plugin"
)

func main() {
	if err := datasource.Manage("agner-callcentre-datasource", plugin.New, datasource.ManageOpts{}); err != nil {
		log.DefaultLogger.Error("plugin ends", "error", err)
		os.Exit(1)
	}
}
