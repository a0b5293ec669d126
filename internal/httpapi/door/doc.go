// Package door holds what only the public door, role web, needs on top of package httpapi: sessions, API tokens and
// CSRF (SessionAuth), the brake on password guessing (LoginLimiter), security headers, compression, static pages, and
// the way to the other roles (Proxy).
//
// # Guarantees
//
//   - The database holds hashes of session and API tokens, never the tokens.
//   - Everything that changes something with a session cookie carries the session's CSRF value, and no other site's
//     page can send it, not even the sign-in form.
//   - No header that begins with X-Agner- passes inwards; no cookie or token reaches another role.
//   - LoginLimiter does not know which users exist, so its answers cannot tell.
package door
