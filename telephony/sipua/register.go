package sipua

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// statusRegisterTooBrief is RFC 3261's refusal of a short registration.
const statusRegisterTooBrief = 423

// onRegister keeps track of phones, RFC 3261 section 10.3. A user may register
// its own address only.
func (u *UA) onRegister(req *sip.Request, tx sip.ServerTransaction) {
	user, trunk, ok := u.who(req, tx)
	if !ok {
		return
	}
	if trunk != "" || user != req.To().Address.User {
		u.respond(req, tx, sip.StatusForbidden, "Forbidden")
		return
	}
	for _, h := range req.GetHeaders("Contact") {
		if status, reason := u.bind(user, req, h.Value()); status != 0 {
			extra := []sip.Header(nil)
			if status == statusRegisterTooBrief {
				extra = append(extra, sip.NewHeader("Min-Expires", fmt.Sprint(int(registrar.MinExpires.Seconds()))))
			}
			u.respond(req, tx, status, reason, extra...)
			return
		}
	}
	now := time.Now()
	var contacts []sip.Header
	for _, b := range u.bindings.Lookup(user, now) {
		contacts = append(contacts, sip.NewHeader("Contact", fmt.Sprintf("<%s>;expires=%d", b.Contact, int(b.Until.Sub(now).Round(time.Second).Seconds()))))
	}
	u.respond(req, tx, sip.StatusOK, "OK", contacts...)
}

// bind adds or removes one contact; a status refuses it.
func (u *UA) bind(user string, req *sip.Request, contact string) (int, string) {
	if strings.TrimSpace(contact) == "*" {
		u.bindings.Clear(user)
		u.handler.SIPEvent(Registered{User: user})
		return 0, ""
	}
	uri, asked := words.Contact(contact, req.GetHeader("Expires"), registrar.MaxExpires)
	life, err := registrar.Clamp(asked)
	if err != nil {
		return statusRegisterTooBrief, "Interval Too Brief"
	}
	b := registrar.Binding{
		Contact: uri, Source: req.Source(), Network: strings.ToLower(req.Transport()), CallID: req.CallID().Value(), CSeq: req.CSeq().SeqNo,
	}
	if h := req.GetHeader("User-Agent"); h != nil {
		b.Agent = h.Value()
	}
	now := time.Now()
	_, err = u.bindings.Register(user, b, life, now)
	switch {
	case errors.Is(err, registrar.ErrOrder):
		return sip.StatusInternalServerError, "Out Of Order"
	case err != nil:
		return sip.StatusForbidden, "Too Many Contacts"
	}
	e := Registered{User: user, Contact: uri, Source: b.Source}
	if life > 0 {
		e.Until = now.Add(life)
	}
	u.handler.SIPEvent(e)
	return 0, ""
}

// Phone returns where a user's freshest device can be called.
func (u *UA) Phone(user string) (call.Target, bool) {
	list := u.bindings.Lookup(user, time.Now())
	if len(list) == 0 {
		return call.Target{}, false
	}
	b := list[0]
	return call.Target{URI: b.Contact, Transport: b.Network, Route: b.Source}, true
}

// onOptions answers keep-alives and enquiries (section 11.2) of those we know; a
// scanner learns not even that somebody is here.
func (u *UA) onOptions(req *sip.Request, tx sip.ServerTransaction) {
	if from := words.Source(req).Addr(); !u.gate.Guard.Knows(from, time.Now()) {
		u.gate.Guard.Offend(from, time.Now())
		tx.Terminate()
		return
	}
	if tag, _ := req.To().Params.Get("tag"); tag != "" && u.dialog(req) == nil {
		u.respond(req, tx, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist")
		return
	}
	u.respond(req, tx, sip.StatusOK, "OK",
		sip.NewHeader("Allow", strings.Join(u.cfg.Rules.Methods, ", ")),
		sip.NewHeader("Accept", strings.Join(u.cfg.Rules.Bodies, ", ")),
		sip.NewHeader("Supported", strings.Join(u.cfg.Rules.Extensions, ", ")),
	)
}

// outside builds a request outside of any dialog.
func (u *UA) outside(method sip.RequestMethod, to call.Target) (*sip.Request, error) {
	var uri sip.Uri
	if err := sip.ParseUri(to.URI, &uri); err != nil || uri.Host == "" {
		return nil, fmt.Errorf("target %q: %w", to.URI, ErrTarget)
	}
	network := strings.ToLower(to.Transport)
	if network == "" {
		network = "udp"
	}
	local := u.contact(network)
	local.User, local.Port, local.UriParams = to.From, 0, nil
	l := &leg{
		ua: u, callID: words.Token() + "@" + local.Host, localTag: words.Token(), local: local, remote: uri, target: uri, network: network, dest: to.Route,
	}
	return l.request(method), nil
}

// Ping sends OPTIONS and returns the round trip. Any answer but 408 and 503 means
// that the peer is alive.
func (u *UA) Ping(ctx context.Context, to call.Target) (time.Duration, error) {
	req, err := u.outside(sip.OPTIONS, to)
	if err != nil {
		return 0, err
	}
	req.SetBody(nil)
	began := time.Now()
	res, err := u.do(ctx, req)
	if err != nil {
		return 0, fmt.Errorf("ping %s: %w", to.URI, err)
	}
	if res.StatusCode == sip.StatusRequestTimeout || res.StatusCode == sip.StatusServiceUnavailable {
		return 0, fmt.Errorf("ping %s: status %d", to.URI, res.StatusCode)
	}
	return time.Since(began), nil
}

// Register registers us with a trunk's registrar and returns how long it holds.
// A lifetime of 0 takes the registration back.
func (u *UA) Register(ctx context.Context, to call.Target, lifetime time.Duration) (time.Duration, error) {
	req, err := u.outside(sip.REGISTER, to)
	if err != nil {
		return 0, err
	}
	aor := req.From().Address
	aor.Host = req.Recipient.Host
	req.From().Address, req.To().Address = aor, aor
	req.Recipient.User = ""
	req.AppendHeader(sip.NewHeader("Expires", fmt.Sprint(int(lifetime.Seconds()))))
	req.SetBody(nil)
	res, err := u.do(ctx, req)
	if err == nil && res.StatusCode == sip.StatusUnauthorized {
		res, err = u.registerAgain(ctx, req, res, to)
	}
	if err != nil {
		return 0, fmt.Errorf("register with %s: %w", to.URI, err)
	}
	if !res.IsSuccess() {
		return 0, fmt.Errorf("register with %s: status %d %s", to.URI, res.StatusCode, res.Reason)
	}
	if d, _, ok := words.Seconds(res.GetHeader("Expires")); ok {
		return d, nil
	}
	return lifetime, nil
}

func (u *UA) registerAgain(ctx context.Context, req *sip.Request, res *sip.Response, to call.Target) (*sip.Response, error) {
	answer, ok := registrar.Answer(words.Values(res, "WWW-Authenticate"), registrar.Login{User: to.User, Secret: to.Secret, Method: "REGISTER", URI: req.Recipient.String()})
	if !ok {
		return res, nil
	}
	again := req.Clone()
	again.SetDestination(req.Destination())
	again.Laddr = req.Laddr
	again.Via().Params.Add("branch", sip.RFC3261BranchMagicCookie+words.Token())
	again.CSeq().SeqNo++
	again.AppendHeader(sip.NewHeader("Authorization", answer))
	return u.do(ctx, again)
}
