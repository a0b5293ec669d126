// Package plan is the compiled set-up of a switch: numbers, menus, phones, trunks,
// recording and routing in one versioned snapshot, and the look-up tables made of it.
//
// # Vocabulary
//
//   - [Setup]: the snapshot as it travels and lies on the disk, as JSON.
//   - [Plan]: a snapshot that was checked and can be used; it never changes.
//
// # Guarantees
//
//   - Whatever keeps a snapshot from being used is named with field and value, all of
//     it at once.
package plan
