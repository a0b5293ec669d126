// Package trunk looks after the lines to providers: it registers where a provider
// wants that, asks by OPTIONS whether the other end is alive ([Keeper]), and bounds
// what calls may cost when somebody steals a password ([Meter]).
//
// # Vocabulary
//
//   - [Line]: a trunk as the keeper sees it; IP-authenticated ones are pinged only.
//   - [Limits]: where a trunk may call, how often, how many at once, and for how much
//     a day. A trunk without them admits nothing: calls out are off by default.
//
// # Guarantees
//
//   - A registration is refreshed before it ends, and tried again after pauses that
//     double up to five minutes; Close takes it back.
//   - The meter is pure: the instant is an argument. What runs counts as it runs, so
//     that one endless call cannot pass the day's limit: [Meter.Over] names it.
package trunk
