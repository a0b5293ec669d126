// Package api is the HTTP face of speech, for the analytics role: transcripts are
// taken in, searched, read and heard; calls are scored on cards. Its contract is
// openapi.yaml.
//
// What was said needs the grant for recordings on top of a role and an audit line
// before anything is shown; what lies outside of the caller's sites and queues is
// not there.
package api
