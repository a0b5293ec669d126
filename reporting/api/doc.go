// Package api serves reports over HTTP: the handlers of openapi.yaml, which a test holds against them.
//
// # Routes
//
// [API.Mount] adds every route below /api/v1 with its policy. Definitions and pickers are for whoever signed in,
// reports for everybody who plans, leads or judges, calls and their timelines for those who answer for them. The sites,
// queues and teams of the caller's identity bound every answer; what lies beyond is not found rather than forbidden, so
// that answers tell nothing about it.
//
// # Forms
//
// A report is JSON unless Accept or ?format= asks for CSV, XLSX or an Arrow stream. Missing figures are null. A
// parameter that cannot be used, or that the route does not know, is a problem that names field and value.
//
// # Live
//
// [API.Run] makes the snapshots of /live/stream: at most one a second for each set of scopes that somebody watches, and
// none while nobody does.
package api
