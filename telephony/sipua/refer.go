package sipua

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/agner-platform/agner/telephony/sipua/build"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// onRefer accepts a REFER within a dialog (RFC 3515); whoever handles the event
// sends Notify.
func (u *UA) onRefer(req *sip.Request, tx sip.ServerTransaction) {
	l := u.within(req, tx)
	if l == nil {
		return
	}
	h := req.GetHeader("Refer-To")
	if h == nil || len(req.GetHeaders("Refer-To")) > 1 { // section 2.4.1: exactly one
		u.respond(req, tx, sip.StatusBadRequest, "One Refer-To Needed")
		return
	}
	to, query, _ := strings.Cut(strings.Trim(h.Value(), "<> "), "?")
	u.respond(req, tx, sip.StatusAccepted, "Accepted")
	replaces := ""
	if v, ok := words.URIHeader(query, "Replaces"); ok {
		replaces = u.replaced(sip.NewHeader("Replaces", v))
	}
	l.tell(Referred{Leg: l.id, To: to, Replaces: replaces})
}

// replaced returns the leg that a Replaces header names, "?" if it is none of
// ours, or "" without a header (RFC 3891 section 3).
func (u *UA) replaced(h sip.Header) string {
	if h == nil {
		return ""
	}
	callID, toTag, fromTag := words.Replaces(h.Value())
	u.mu.Lock()
	l := u.byDial[dialogKey(callID, toTag)]
	if l == nil { // seen from the other end of the dialog
		l = u.byDial[dialogKey(callID, fromTag)]
	}
	u.mu.Unlock()
	if l == nil {
		return "?"
	}
	return l.id
}

// Notify tells a referrer how its transfer goes (RFC 3515 section 2.4.4).
func (u *UA) Notify(id string, status int) error {
	l := u.leg(id)
	if l == nil {
		return ErrNoLeg
	}
	l.mu.Lock()
	if l.phase != up {
		l.mu.Unlock()
		return ErrState
	}
	req := l.request(sip.NOTIFY)
	l.mu.Unlock()
	build.Progress(req, status)
	u.work(func() {
		ctx, cancel := context.WithTimeout(u.ctx, byeLimit)
		defer cancel()
		if _, err := u.do(ctx, req); err != nil {
			u.cfg.Log.Debug("notify", "leg", l.id, "error", err)
		}
	})
	return nil
}

// Refer asks the far end of a leg to call somebody else: to, or, if replaces is a
// leg, the far end of that one, whose call with us the new one replaces (RFC 3891).
// Notified tells how it goes; a refusal of the REFER itself is told the same way.
func (u *UA) Refer(id, to, replaces string) error {
	l := u.leg(id)
	if l == nil {
		return ErrNoLeg
	}
	if replaces != "" {
		var err error
		if to, err = u.ReplacesURI(replaces); err != nil {
			return err
		}
	}
	var uri sip.Uri
	if err := sip.ParseUri(to, &uri); err != nil || uri.Host == "" {
		return fmt.Errorf("target %q: %w", to, ErrTarget)
	}
	l.mu.Lock()
	if l.phase != up {
		l.mu.Unlock()
		return ErrState
	}
	req := l.request(sip.REFER)
	local := u.contact(l.network)
	l.mu.Unlock()
	req.AppendHeader(sip.NewHeader("Refer-To", "<"+to+">"))
	req.AppendHeader(sip.NewHeader("Referred-By", "<"+local.String()+">"))
	req.SetBody(nil)
	if !u.work(func() {
		ctx, cancel := context.WithTimeout(u.ctx, byeLimit)
		defer cancel()
		res, err := u.do(ctx, req)
		switch {
		case err != nil && u.ctx.Err() == nil:
			l.tell(Notified{Leg: l.id, Status: sip.StatusRequestTimeout})
		case err == nil && !res.IsSuccess():
			l.tell(Notified{Leg: l.id, Status: res.StatusCode})
		}
	}) {
		return ErrClosed
	}
	return nil
}

// ReplacesURI returns whom to call, and with which Replaces, to take the place of a
// leg at its far end.
func (u *UA) ReplacesURI(id string) (string, error) {
	l := u.leg(id)
	if l == nil {
		return "", ErrNoLeg
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase != up {
		return "", ErrState
	}
	v := fmt.Sprintf("%s;to-tag=%s;from-tag=%s", l.callID, l.remoteTag, l.localTag)
	target := l.target
	target.Headers = nil
	return target.String() + "?Replaces=" + url.QueryEscape(v), nil
}

// onNotify takes what a far end tells about a Refer of ours.
func (u *UA) onNotify(req *sip.Request, tx sip.ServerTransaction) {
	l := u.within(req, tx)
	if l == nil {
		return
	}
	u.respond(req, tx, sip.StatusOK, "OK")
	if h := req.GetHeader("Event"); h == nil || !strings.HasPrefix(h.Value(), "refer") {
		return
	}
	if status, ok := words.Fragment(req.Body()); ok {
		l.tell(Notified{Leg: l.id, Status: status})
	}
}
