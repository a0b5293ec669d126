// Package httpapi is the HTTP edge that every role shares: it decides who may call what, answers in one shape, and
// knows nothing of calls, queues or databases.
//
// # Vocabulary
//
//   - A Router holds routes, and every route has a Policy. A request that reaches a route without a policy is refused,
//     and Router.Unguarded lists such routes so that a test can fail on them.
//   - An Identity says who calls. The public door (role web) makes it from a session cookie or an API token
//     (package door), every other role from a signed assertion (Verifier) that the public door adds (Signer).
//   - A Problem is an RFC 9457 document. Its Kind, "area.reason", is defined once with Define; the pages translate the
//     code and fill in the params.
//   - A Table is a report in columns. TableWriter sends it as JSON, CSV or an Arrow IPC stream, whichever was asked for.
//
// Sub-packages: door (sessions, CSRF, sign-in limits, static pages, proxy: what only the public door needs), sse (event
// streams), idempotency (requests that must take effect once).
//
// # Guarantees
//
//   - Deny by default: no policy, no answer; a policy without roles admits any signed-in caller; Public must be said.
//   - A sensitive route is written to the audit before its handler runs. If that write fails the request is refused.
//   - A caller who must change the password reaches only routes that say BeforePasswordChange.
//   - Access logs hold no telephone numbers, no bodies and no credentials.
//
// # A role's routes
//
//	r := httpapi.NewRouter(httpapi.Options{Authenticate: verifier.Authenticate, Auditor: audit})
//	r.Handle("GET", "/api/v1/meta", httpapi.Policy{Action: "meta.read"}, httpapi.HandlerFunc(meta))
//
// A HandlerFunc returns its error; WriteError turns it into the problem document it deserves.
package httpapi
