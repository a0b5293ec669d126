// Package calendar knows which days are not like others: public holidays by
// country, a site's own list, and the days around them.
//
// # Vocabulary
//
//   - [Holiday]: most callers and agents are off. [Half]: a working day that ends
//     early or runs low (the days between two feasts, a memorial day). [Event]: a
//     day with a reason of its own to call (billing run, mailing); never a day off.
//   - eve: the day before a holiday; after: the first working day after one;
//     bridge: a single working day between a holiday and a weekend or another
//     holiday.
//   - like-day: the weekday whose pattern a day follows instead of its own, such as
//     a feast that runs like a Sunday. It comes from the list or from the country's
//     custom; a forecast then starts from that weekday and learns only the rest.
//
// Rules by country come from rickar/cal; Israel and Estonia, which it lacks, are
// computed here (the Hebrew calendar after Reingold and Dershowitz,
// "Calendrical Calculations"). A list of one's own adds to a country or stands
// alone; where both name a date the list wins.
//
// All functions are pure; a [Calendar] is immutable once made.
package calendar
