package registrar

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"
)

// Errors of Register, each with the SIP status that answers it.
var (
	// ErrBrief is returned for an expiry below the minimum: 423.
	ErrBrief = errors.New("expires too soon")
	// ErrOrder is returned for a CSeq that is not above the last one of its Call-ID: 500.
	ErrOrder = errors.New("REGISTER out of order")
	// ErrMany is returned for more contacts than a user may have: 403.
	ErrMany = errors.New("too many contacts")
)

// Bounds of registrations.
const (
	MinExpires  = 60 * time.Second // shorter ones are a flood
	MaxExpires  = time.Hour        // longer ones keep dead phones ringing
	MaxContacts = 5                // devices of one user
)

// Binding is one device of a user.
type Binding struct {
	Contact string // URI the phone named
	Source  string // where its REGISTER came from: where requests go (NAT)
	Network string // udp, tcp, tls
	CallID  string
	CSeq    uint32
	Until   time.Time
	Agent   string // User-Agent
}

// Bindings are all registered devices.
type Bindings struct {
	mu   sync.Mutex
	user map[string][]Binding // protected by mu
}

// NewBindings returns an empty set.
func NewBindings() *Bindings { return &Bindings{user: map[string][]Binding{}} }

// Clamp returns the lifetime a phone is given for the one it asked for.
func Clamp(asked time.Duration) (time.Duration, error) {
	switch {
	case asked == 0:
		return 0, nil
	case asked < MinExpires:
		return 0, ErrBrief
	}
	return min(asked, MaxExpires), nil
}

// Register adds, refreshes or (with lifetime 0) removes a device and returns the
// user's devices.
func (r *Bindings) Register(user string, b Binding, lifetime time.Duration, now time.Time) ([]Binding, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := alive(r.user[user], now)
	i := slices.IndexFunc(list, func(o Binding) bool { return o.Contact == b.Contact })
	if i >= 0 && list[i].CallID == b.CallID && b.CSeq <= list[i].CSeq { // section 10.3, step 7
		return list, ErrOrder
	}
	b.Until = now.Add(lifetime)
	switch {
	case i >= 0 && lifetime == 0:
		list = slices.Delete(list, i, i+1)
	case i >= 0:
		list[i] = b
	case lifetime > 0 && len(list) >= MaxContacts:
		return list, ErrMany
	case lifetime > 0:
		list = append(list, b)
	}
	r.set(user, list)
	return slices.Clone(list), nil
}

// Clear removes all devices of a user ("Contact: *").
func (r *Bindings) Clear(user string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.user, user)
}

// Lookup returns the devices of a user, the freshest first.
func (r *Bindings) Lookup(user string, now time.Time) []Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := alive(r.user[user], now)
	r.set(user, list)
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Binding) int { return cmp.Compare(b.Until.UnixNano(), a.Until.UnixNano()) })
	return list
}

func (r *Bindings) set(user string, list []Binding) {
	if len(list) == 0 {
		delete(r.user, user)
		return
	}
	r.user[user] = list
}

func alive(list []Binding, now time.Time) []Binding {
	return slices.DeleteFunc(slices.Clone(list), func(b Binding) bool { return !b.Until.After(now) })
}
