// Package batch runs recordings through the speech packages: sound to turns, turns
// to word error rates, sound to measures. The command line and the recordings queue
// use it.
//
// A recording with two channels is a call with a party each (the first is the agent
// unless told otherwise); one channel is everybody mixed. Each channel is read on
// its own, block by block, so the length of a call does not matter, and recognised
// in a worker process, so a broken model or file ends at most that process.
package batch
