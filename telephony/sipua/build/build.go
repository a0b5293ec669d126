// Package build makes the SIP messages that follow from others: the CANCEL of an
// INVITE, the ACK and BYE for a second branch, the progress of a transfer.
package build

import (
	"fmt"

	"github.com/emiago/sipgo/sip"

	"github.com/agner-platform/agner/telephony/sipua/screen"
	"github.com/agner-platform/agner/telephony/sipua/words"
)

// Cancel returns the CANCEL of an INVITE (RFC 3261 section 9.1).
func Cancel(invite *sip.Request) *sip.Request {
	req := sip.NewRequest(sip.CANCEL, *invite.Recipient.Clone())
	req.AppendHeader(invite.Via().Clone())
	forwards := sip.MaxForwardsHeader(70)
	req.AppendHeader(&forwards)
	for _, name := range []string{"From", "To", "Call-ID", "Route"} {
		sip.CopyHeaders(name, invite, req)
	}
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	req.SetTransport(invite.Transport())
	req.SetDestination(invite.Destination())
	req.Laddr = invite.Laddr
	req.SetBody(nil)
	return req
}

// Branch returns the ACK and the BYE for a 2xx of another branch (section 13.2.2.4),
// made of the ACK of the branch that was taken.
func Branch(res *sip.Response, taken *sip.Request, tag string) (ack, bye *sip.Request) {
	ack = taken.Clone()
	ack.To().Params.Remove("tag")
	ack.To().Params.Add("tag", tag)
	if c := res.Contact(); c != nil {
		ack.Recipient = c.Address
	}
	bye = ack.Clone()
	bye.Method = sip.BYE
	bye.CSeq().SeqNo++
	bye.CSeq().MethodName = sip.BYE
	bye.Via().Params.Add("branch", sip.RFC3261BranchMagicCookie+words.Token())
	return ack, bye
}

// Progress makes a NOTIFY tell a referrer how its transfer goes (RFC 3515 section
// 2.4.4).
func Progress(req *sip.Request, status int) {
	state := "active;expires=60"
	if status >= 200 {
		state = "terminated;reason=noresource"
	}
	req.AppendHeader(sip.NewHeader("Event", "refer"))
	req.AppendHeader(sip.NewHeader("Subscription-State", state))
	req.AppendHeader(sip.NewHeader("Content-Type", "message/sipfrag;version=2.0"))
	req.SetBody([]byte(fmt.Sprintf("SIP/2.0 %d %s\r\n", status, words.Phrase(status))))
}

// WithSDP gives a message a session description.
func WithSDP(m sip.Message, sdp []byte) {
	if len(sdp) > 0 {
		m.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	m.SetBody(sdp)
}

// HideOldTag takes the tag away that the screen gave to a request of RFC 2543.
func HideOldTag(res *sip.Response) {
	if from := res.From(); from != nil {
		if tag, _ := from.Params.Get("tag"); tag == screen.OldTag {
			from.Params.Remove("tag")
		}
	}
}
