package setup

import (
	"net/http"
	"strconv"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/web/api/rest"
)

const (
	auditDefault = 100
	auditMax     = 500 // the store's own ceiling
)

// mountAudit adds the audit. Reading it is itself audited: who watches must be seen to watch.
func (a *API) mountAudit(rt *httpapi.Router) {
	rt.Handle("GET", Prefix+"/audit", httpapi.Policy{Action: "audit.read", Roles: adminOnly, Sensitive: true}, rest.Handler(a.listAudit))
}

func timeOf(s db.Stamp) *time.Time {
	if s == 0 {
		return nil
	}
	t := s.Time()
	return &t
}

func instant(q *httpapi.Query, name string) (db.Stamp, error) {
	text := q.Text(name, "")
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, httpapi.BadParameter.Field(name, text, "want RFC 3339")
	}
	return db.StampOf(t), nil
}

// auditQuery reads the filter, and the name of the list that its cursors are bound to.
func auditQuery(r *http.Request, cursors httpapi.Cursors) (f db.AuditFilter, list string, err error) {
	q := httpapi.NewQuery(r)
	f.Limit = q.Int("limit", auditDefault, 1, auditMax)
	f.Actor, f.Object, f.ObjectID = q.Text("user", ""), q.Text("object", ""), q.Text("object_id", "")
	cursor := q.Text("cursor", "")
	if f.From, err = instant(q, "from"); err != nil {
		return f, "", err
	}
	if f.To, err = instant(q, "to"); err != nil {
		return f, "", err
	}
	if err := q.Err(); err != nil {
		return f, "", err
	}
	list = "audit?" + r.URL.Query().Get("from") + "&" + r.URL.Query().Get("to") + "&" + f.Actor + "&" + f.Object + "&" + f.ObjectID
	position, err := cursors.Decode(list, cursor, 1)
	if err != nil || position == nil {
		return f, list, err
	}
	f.Before, err = strconv.ParseInt(position[0], 10, 64)
	return f, list, err
}

func (a *API) listAudit(w http.ResponseWriter, r *http.Request) error {
	f, list, err := auditQuery(r, a.cursors)
	if err != nil {
		return err
	}
	logins, ids, err := a.logins(r)
	if err != nil {
		return err
	}
	if id, ok := ids[f.Actor]; ok {
		f.Actor = id
	}
	lines, err := a.store.AuditLines(r.Context(), f)
	if err != nil {
		return err
	}
	out := AuditList{Rows: make([]AuditLine, len(lines))}
	for i, l := range lines {
		out.Rows[i] = AuditLine{Id: strconv.FormatInt(l.Seq, 10), At: l.At.Time(), User: l.Actor, UserId: l.Actor, Address: l.Address,
			RequestId: l.RequestID, Action: l.Action, Object: l.Object, ObjectId: l.ObjectID, Detail: string(l.Detail)}
		if login, ok := logins[l.Actor]; ok {
			out.Rows[i].User = login
		}
	}
	if len(lines) == f.Limit && lines[len(lines)-1].Seq > 1 {
		next := a.cursors.Encode(list, strconv.FormatInt(lines[len(lines)-1].Seq, 10))
		out.Next = &next
	}
	return httpapi.WriteJSON(w, http.StatusOK, out)
}

// logins maps user ids to logins and back.
func (a *API) logins(r *http.Request) (byID, byLogin map[string]string, err error) {
	users, err := a.store.Users().List(r.Context(), db.WithRetired())
	if err != nil {
		return nil, nil, err
	}
	byID, byLogin = make(map[string]string, len(users)), make(map[string]string, len(users))
	for _, u := range users {
		byID[u.ID], byLogin[u.Login] = u.Login, u.ID
	}
	return byID, byLogin, nil
}
