// Package sample invents the history of a contact centre: months of calls that
// nobody made, for a first look at Agner and for demonstrations.
//
// Everything is labelled: events have the source "sample", ids begin with "smp_",
// the site is called a sample centre. [Generate] gives the events in time order;
// written as JSON lines they are a file of the format "agner" and are imported
// like any other. [SetUp] gives the queues, teams, agents and codes they mention.
//
// # What is in it
//
//   - Five queues: sales, support, billing, a second line of technicians that gets
//     transfers, and a small Finnish-speaking line; four teams; 60 agents (more at
//     a larger scale) who work shifts with breaks, meals and meetings.
//   - Volume with the profile of the day, weekdays, seasons, growth, day-to-day
//     noise, holidays ([Story] lists them; each month that comes twice in the
//     range has its holidays twice), a sales campaign that was planned for too
//     low, and an outage of the service nobody planned for.
//   - Callers who hang up at once, callers with little and with much patience, and
//     bumps of hanging up after the announcements at 30 s and 60 s. From the day
//     Story.Message on, the second message is a better one and its bump is gone.
//   - Redials after hanging up, repeat calls after an answer, anonymous callers,
//     priorities, menus with self-service, missed offers, holds, transfers,
//     overflow, voicemail, wrap-up codes and survey answers.
//
// # How
//
// A small discrete-event simulation of longest-idle routing: a heap of timers, one
// goroutine, no clock. It holds the invariants of the event model (every visit
// leaves its queue once, every offer has one result, an agent has one contact at a
// time, states follow each other without a gap, nobody waits beside an idle
// eligible agent), and the same options give the same bytes. It is no model of the
// production router, which takes its place once there is one.
package sample
