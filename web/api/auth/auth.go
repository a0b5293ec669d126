// Package auth is the REST area of sessions, the signed-in user, passwords and API tokens. openapi.yaml beside it is the
// contract; api.gen.go is made from it.
//
// # Guarantees
//
//   - Signing in answers alike, and after the same time, for unknown users and wrong passwords; guessing is slowed down
//     per name and per source address.
//   - A changed password ends every session of the user; the one that changed it is replaced.
//   - An API token can neither make tokens nor change the password, so a leaked one does not outlive its revocation.
//   - Sign-ins, failed ones too, sign-outs, passwords and tokens are in the audit (package account writes it).
package auth

//go:generate oapi-codegen -config oapi.yaml -o api.gen.go openapi.yaml

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/account"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/door"
	"github.com/agner-platform/agner/web/api/rest"
)

// Prefix is where the area is served.
const Prefix = "/api/v1"

const credentialsMax = 16 << 10 // bytes of a body with passwords

// The problems of signing in.
var (
	BadLogin      = httpapi.Define("auth.invalid_login", http.StatusUnauthorized, "User or password is wrong")
	TooManyLogins = httpapi.Define("auth.too_many_attempts", http.StatusTooManyRequests, "Too many attempts; wait before the next")
	WrongPassword = httpapi.Define("auth.wrong_password", http.StatusForbidden, "The old password is wrong")
	SessionOnly   = httpapi.Define("auth.session_required", http.StatusForbidden, "An API token cannot do this; sign in")
)

// API serves the area.
type API struct {
	store    *db.Store
	accounts *account.Accounts
	limiter  door.LoginLimiter
}

// New makes the area over an open store. One address may try loginsPerMinute passwords on average; 0 is the default.
func New(store *db.Store, loginsPerMinute int) *API {
	return &API{store: store, accounts: account.New(store), limiter: door.LoginLimiter{PerMinute: loginsPerMinute}}
}

// Mount adds every route of the area.
func (a *API) Mount(rt *httpapi.Router) {
	own := func(action string) httpapi.Policy {
		return httpapi.Policy{Action: action, BeforePasswordChange: true, MaxBody: credentialsMax}
	}
	rt.Handle("POST", Prefix+"/auth/login", httpapi.Policy{Action: "auth.login", Public: true, MaxBody: credentialsMax}, rest.Handler(a.login))
	rt.Handle("POST", Prefix+"/auth/logout", own("auth.logout"), rest.Handler(a.logout))
	rt.Handle("GET", Prefix+"/auth/me", own("auth.me"), rest.Handler(a.me))
	rt.Handle("PATCH", Prefix+"/auth/me", own("auth.change_me"), rest.Handler(a.changeMe))
	rt.Handle("POST", Prefix+"/auth/password", own("auth.password"), rest.Handler(a.password))
	rt.Handle("GET", Prefix+"/auth/tokens", httpapi.Policy{Action: "auth.tokens.read"}, rest.Handler(a.tokens))
	rt.Handle("POST", Prefix+"/auth/tokens", httpapi.Policy{Action: "auth.tokens.write"}, rest.Handler(a.makeToken))
	rt.Handle("DELETE", Prefix+"/auth/tokens/{id}", httpapi.Policy{Action: "auth.tokens.write"}, rest.Handler(a.revokeToken))
}

// attempt takes one try at a password from the limiter.
func (a *API) attempt(w http.ResponseWriter, r *http.Request, login string) error {
	ok, wait := a.limiter.Allow(login, httpapi.RemoteHost(r))
	if ok {
		return nil
	}
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return TooManyLogins.New("", "wait_s", seconds)
}

func (a *API) login(w http.ResponseWriter, r *http.Request) error {
	var in Login
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	if err := a.attempt(w, r, in.User); err != nil {
		return err
	}
	ctx := rest.Actor(r)
	user, err := a.accounts.Authenticate(ctx, in.User, in.Password)
	if errors.Is(err, account.ErrDenied) {
		return BadLogin.New("")
	}
	if err != nil {
		return err
	}
	a.limiter.Succeed(in.User, httpapi.RemoteHost(r))
	if old := door.SessionSecret(r); old != "" {
		if err := a.accounts.End(ctx, old); err != nil {
			return err
		}
	}
	return a.begin(w, r, user.ID)
}

// begin opens a session, gives the browser its cookie and answers 204.
func (a *API) begin(w http.ResponseWriter, r *http.Request, userID string) error {
	secret, _, err := a.accounts.Begin(rest.Actor(r), userID, httpapi.RemoteHost(r))
	if err != nil {
		return err
	}
	door.SetSession(w, r, secret, account.SessionMax)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) logout(w http.ResponseWriter, r *http.Request) error {
	if secret := door.SessionSecret(r); secret != "" {
		if err := a.accounts.End(rest.Actor(r), secret); err != nil {
			return err
		}
	}
	door.ClearSession(w, r)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) me(w http.ResponseWriter, r *http.Request) error {
	user, err := a.store.Users().Get(r.Context(), httpapi.IdentityFrom(r.Context()).User)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, meOf(httpapi.IdentityFrom(r.Context()), user))
}

func meOf(id *httpapi.Identity, user db.User) Me {
	me := Me{
		User: user.ID, Login: user.Login, Name: user.Name, Locale: user.Locale, Theme: user.Theme,
		Roles: append([]string{}, id.Roles...), Grants: append([]string{}, id.Grants...),
		Csrf: id.CSRF, MustChangePassword: id.MustChangePassword,
		Scopes: Scopes{Sites: list(id.Scopes.Sites), Queues: list(id.Scopes.Queues), Teams: list(id.Scopes.Teams)},
	}
	if id.Agent != "" {
		me.Agent = &id.Agent
	}
	return me
}

func list(ids []string) *[]string {
	if len(ids) == 0 {
		return nil
	}
	return &ids
}

func (a *API) changeMe(w http.ResponseWriter, r *http.Request) error {
	var in MeChange
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	user, err := a.store.Users().Get(r.Context(), httpapi.IdentityFrom(r.Context()).User)
	if err != nil {
		return err
	}
	if in.Locale != nil {
		user.Locale = string(*in.Locale)
	}
	if in.Theme != nil {
		user.Theme = string(*in.Theme)
	}
	if user, err = a.store.Users().Update(rest.Actor(r), user); err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, meOf(httpapi.IdentityFrom(r.Context()), user))
}

// session refuses API tokens.
func session(r *http.Request) (*httpapi.Identity, error) {
	id := httpapi.IdentityFrom(r.Context())
	if id.Token != "" {
		return nil, SessionOnly.New("")
	}
	return id, nil
}

func (a *API) password(w http.ResponseWriter, r *http.Request) error {
	id, err := session(r)
	if err != nil {
		return err
	}
	var in PasswordChange
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	user, err := a.store.Users().Get(r.Context(), id.User)
	if err != nil {
		return err
	}
	if err := a.attempt(w, r, user.Login); err != nil {
		return err
	}
	err = a.accounts.ChangePassword(rest.Actor(r), user.ID, in.Old, in.New)
	if errors.Is(err, account.ErrDenied) {
		return WrongPassword.New("", "field", "old")
	}
	var field *db.FieldError
	if errors.As(err, &field) && field.Field == "password" {
		a.limiter.Succeed(user.Login, httpapi.RemoteHost(r)) // the old one was right
		return httpapi.InvalidField.New("new "+field.Reason, "field", "new", "reason", field.Reason)
	}
	if err != nil {
		return err
	}
	a.limiter.Succeed(user.Login, httpapi.RemoteHost(r))
	return a.begin(w, r, user.ID)
}

func tokenOf(t account.Token) Token {
	return Token{Id: t.ID, Name: t.Name, CreatedAt: t.CreatedAt.Time(), LastUsedAt: timeOf(t.UsedAt), ExpiresAt: timeOf(t.ExpiresAt)}
}

func timeOf(s db.Stamp) *time.Time {
	if s == 0 {
		return nil
	}
	t := s.Time()
	return &t
}

func (a *API) tokens(w http.ResponseWriter, r *http.Request) error {
	all, err := a.accounts.Tokens(r.Context(), httpapi.IdentityFrom(r.Context()).User)
	if err != nil {
		return err
	}
	out := TokenList{Rows: make([]Token, len(all))}
	for i, t := range all {
		out.Rows[i] = tokenOf(t)
	}
	return httpapi.WriteJSON(w, http.StatusOK, out)
}

func (a *API) makeToken(w http.ResponseWriter, r *http.Request) error {
	id, err := session(r)
	if err != nil {
		return err
	}
	var in TokenRequest
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	var expires time.Time
	if in.Days != nil {
		if *in.Days < 1 || *in.Days > 3650 {
			return httpapi.InvalidField.Field("days", *in.Days, "want 1 to 3650")
		}
		expires = time.Now().AddDate(0, 0, *in.Days)
	}
	secret, t, err := a.accounts.CreateToken(rest.Actor(r), id.User, in.Name, expires)
	if err != nil {
		return err
	}
	out := tokenOf(t)
	w.Header().Set("Location", Prefix+"/auth/tokens/"+t.ID)
	return httpapi.WriteJSON(w, http.StatusCreated, NewToken{Id: out.Id, Name: out.Name, CreatedAt: out.CreatedAt,
		LastUsedAt: out.LastUsedAt, ExpiresAt: out.ExpiresAt, Token: secret})
}

func (a *API) revokeToken(w http.ResponseWriter, r *http.Request) error {
	id, err := session(r)
	if err != nil {
		return err
	}
	token, err := url.PathUnescape(chi.URLParam(r, "id"))
	if err != nil {
		return httpapi.NotFound.New("").Because(err)
	}
	if err := a.accounts.RevokeToken(rest.Actor(r), id.User, token); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
