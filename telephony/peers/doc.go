// Package peers holds tests against other people's SIP software, as Debian packages
// it: sipp (sip-tester) as callers, baresip as an agent's phone, sipvicious as an
// attacker. There is no code here. Each test is skipped, with the reason, where its
// program is not installed.
//
// Loopback addresses tell the parties apart: the switch is 127.0.0.1, callers come
// over a trunk at 127.0.0.2, phones and attackers are at 127.0.0.3 and above.
package peers
