// Package plan is planning on the command line: staffing arithmetic, forecasts judged
// on series files, requirements, and schedules from problem files. Each type is a
// command with its flags; Run prints for people or, with --json, for programs.
package plan
