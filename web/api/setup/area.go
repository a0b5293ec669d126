package setup

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/web/api/rest"
)

const (
	pageDefault = 500  // more than most centres have of anything
	pageMax     = 5000 // rows; the largest centre's agents in one answer of about 1 MB
)

// area is one kind of row: T as stored, C and P as the contract lets callers create and change it.
type area[T, C, P any] struct {
	name        string
	repo        db.Repo[T]
	read, write []string // roles
	filters     []string // columns that a list may be narrowed by

	// scope reports whether a row lies within the caller's reach by what the row itself says.
	scope func(*httpapi.Identity, *T) bool
	// visible, if set, decides by what is stored elsewhere; it looks that up once per request.
	visible func(context.Context, *httpapi.Identity) (func(*T) bool, error)

	// start and revise, if set, prepare a row for what is laid over it: fields that JSON does not show or that a change
	// replaces whole.
	start  func(*T, *C)
	revise func(*T, *P)
	// allowed, if set, refuses a caller who may see a row, as it is or would be, but not write it.
	allowed func(*http.Request, *T) error
	// valid, if set, refuses a row that the switch could not use.
	valid func(context.Context, *T) error
	// free, if set, refuses to retire what others need.
	free func(context.Context, *T) error
	// again, if set, names a row by its natural key: one that was retired comes back instead of "exists already".
	again func(*T) []db.Filter
	// made, if set, answers a POST instead of create.
	made func(http.ResponseWriter, *http.Request) error

	cursors httpapi.Cursors
}

func mount[T, C, P any](rt *httpapi.Router, api *API, a area[T, C, P]) {
	a.cursors = api.cursors
	path := Prefix + "/setup/" + a.name
	read := httpapi.Policy{Action: "setup." + a.name + ".read", Roles: a.read}
	write := httpapi.Policy{Action: "setup." + a.name + ".write", Roles: a.write}
	rt.Handle("GET", path, read, rest.Handler(a.list))
	if a.made == nil {
		a.made = a.create
	}
	rt.Handle("POST", path, write, rest.Handler(a.made))
	rt.Handle("GET", path+"/{id}", read, rest.Handler(a.get))
	rt.Handle("PATCH", path+"/{id}", write, rest.Handler(a.change))
	rt.Handle("DELETE", path+"/{id}", write, rest.Handler(a.retire))
	rt.Handle("POST", path+"/{id}/restore", write, rest.Handler(a.restore))
}

func actor(r *http.Request) context.Context { return rest.Actor(r) }

func notFound(err error) error { return rest.Error(err) }

func pathID(r *http.Request) string {
	id := chi.URLParam(r, "id")
	if plain, err := url.PathUnescape(id); err == nil {
		return plain
	}
	return id
}

func meta[T any](row *T) *db.Head { return any(row).(db.Row).Meta() }

// reach gives the test whether the caller may see a row.
func (a *area[T, C, P]) reach(r *http.Request) (func(*T) bool, error) {
	id := httpapi.IdentityFrom(r.Context())
	if a.visible == nil {
		return func(row *T) bool { return a.scope(id, row) }, nil
	}
	visible, err := a.visible(r.Context(), id)
	if err != nil {
		return nil, err
	}
	return func(row *T) bool { return a.scope(id, row) && visible(row) }, nil
}

func (a *area[T, C, P]) list(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.NewQuery(r)
	limit, cursor := q.Int("limit", pageDefault, 1, pageMax), q.Text("cursor", "")
	retired := q.Enum("retired", "false", "true")
	list := a.name + "?" + retired
	var filters []db.Filter
	if retired == "true" {
		filters = append(filters, db.WithRetired())
	}
	for _, column := range a.filters {
		if v := q.Text(column, ""); v != "" {
			filters = append(filters, db.Where(column, v))
			list += "&" + column + "=" + v
		}
	}
	if err := q.Err(); err != nil {
		return err
	}
	after, err := a.cursors.Decode(list, cursor, 1)
	if err != nil {
		return err
	}
	rows, err := a.repo.List(r.Context(), filters...)
	if err != nil {
		return err
	}
	reach, err := a.reach(r)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(row T) bool { return !reach(&row) })
	answer := page[T]{Rows: from(rows, after)}
	if len(answer.Rows) > limit {
		answer.Rows = answer.Rows[:limit]
		next := a.cursors.Encode(list, meta(&answer.Rows[limit-1]).ID)
		answer.Next = &next
	}
	return httpapi.WriteJSON(w, http.StatusOK, answer)
}

// page is the shape of every list.
type page[T any] struct {
	Rows []T     `json:"rows"`
	Next *string `json:"next"`
}

// from cuts off the rows up to and including the one that the page before ended with. If that one is gone the list
// begins anew: showing rows twice is better than skipping some.
func from[T any](rows []T, after []string) []T {
	if after == nil {
		return rows
	}
	i := slices.IndexFunc(rows, func(row T) bool { return meta(&row).ID == after[0] })
	return rows[i+1:]
}

func (a *area[T, C, P]) create(w http.ResponseWriter, r *http.Request) error {
	var in C
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	var row T
	if a.start != nil {
		a.start(&row, &in)
	}
	if err := rest.Merge(&row, in); err != nil {
		return err
	}
	row, err := a.store(r, row)
	if err != nil {
		return err
	}
	w.Header().Set("Location", Prefix+"/setup/"+a.name+"/"+meta(&row).ID)
	return answer(w, http.StatusCreated, &row)
}

// may refuses a row that lies out of the caller's reach or that the switch could not use.
func (a *area[T, C, P]) may(r *http.Request, row *T, why string) error {
	if !a.scope(httpapi.IdentityFrom(r.Context()), row) {
		return httpapi.OutOfScope.New(why)
	}
	if a.allowed != nil {
		if err := a.allowed(r, row); err != nil {
			return err
		}
	}
	if a.valid == nil {
		return nil
	}
	return a.valid(r.Context(), row)
}

// store creates a row, or brings back the retired one of the same natural key with what the new one says.
func (a *area[T, C, P]) store(r *http.Request, row T) (T, error) {
	if err := a.may(r, &row, ""); err != nil {
		return row, err
	}
	made, err := a.repo.Create(actor(r), row)
	if a.again == nil || !errors.Is(err, db.ErrExists) {
		return made, err
	}
	if err := any(&row).(db.Row).Check(); err != nil { // the key in its normal form
		return row, err
	}
	old, lerr := a.repo.List(r.Context(), append(a.again(&row), db.WithRetired())...)
	if lerr != nil || len(old) != 1 || meta(&old[0]).RetiredAt == 0 {
		return made, errors.Join(err, lerr)
	}
	back, err := a.repo.Restore(actor(r), meta(&old[0]).ID, meta(&old[0]).Version)
	if err != nil {
		return back, err
	}
	*meta(&row) = *meta(&back)
	return a.repo.Update(actor(r), row)
}

func answer[T any](w http.ResponseWriter, status int, row *T) error {
	w.Header().Set("ETag", httpapi.ETag(meta(row).Version))
	return httpapi.WriteJSON(w, status, row)
}

// find reads the row of the path if the caller may see it.
func (a *area[T, C, P]) find(r *http.Request) (*T, error) {
	row, err := a.repo.Get(r.Context(), pathID(r))
	if err != nil {
		return nil, err
	}
	reach, err := a.reach(r)
	if err != nil {
		return nil, err
	}
	if !reach(&row) {
		return nil, httpapi.OutOfScope.New("")
	}
	return &row, nil
}

func (a *area[T, C, P]) get(w http.ResponseWriter, r *http.Request) error {
	row, err := a.find(r)
	if err != nil {
		return err
	}
	if httpapi.NotModified(w, r, httpapi.ETag(meta(row).Version)) {
		return nil
	}
	return answer(w, http.StatusOK, row)
}

func (a *area[T, C, P]) change(w http.ResponseWriter, r *http.Request) error {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return err
	}
	var in P
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	row, err := a.find(r)
	if err != nil {
		return err
	}
	if a.revise != nil {
		a.revise(row, &in)
	}
	if err := rest.Merge(row, in); err != nil {
		return err
	}
	if err := a.may(r, row, "the change would move it out of your reach"); err != nil {
		return err
	}
	// The change was laid over what is stored now; if that is not what the caller read, the version says so below.
	meta(row).Version = version
	changed, err := a.repo.Update(actor(r), *row)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, &changed)
}

func (a *area[T, C, P]) retire(w http.ResponseWriter, r *http.Request) error {
	if a.free != nil {
		row, err := a.find(r)
		if err == nil {
			err = a.free(r.Context(), row)
		}
		if err != nil {
			return err
		}
	}
	if _, err := a.setRetired(r, a.repo.Retire); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *area[T, C, P]) restore(w http.ResponseWriter, r *http.Request) error {
	row, err := a.setRetired(r, a.repo.Restore)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, &row)
}

func (a *area[T, C, P]) setRetired(r *http.Request, set func(context.Context, string, int64) (T, error)) (row T, err error) {
	version, err := httpapi.IfMatch(r)
	if err != nil {
		return row, err
	}
	old, err := a.find(r)
	if err == nil && a.allowed != nil {
		err = a.allowed(r, old)
	}
	if err != nil {
		return row, err
	}
	return set(actor(r), pathID(r), version)
}
