// Package audio reads the sound of calls, whatever the recorder made of it.
//
// Open reads a stream of WAV (PCM of 8 to 32 bits, IEEE float, µ-law, A-law,
// plain or extensible headers) or, when told so, headerless G.711. Samples come
// in blocks of float32 in [-1, 1], one slice per channel, so a call of four hours
// needs no more memory than one of four seconds.
//
// Words: a *channel* is one party of a call recorded in stereo; a *note* is
// something wrong with the file that reading survived (a data size that lies, an
// end that is missing, a codec label that does not fit the bytes).
//
// Guarantees: Open and Next never panic and never allocate by a size the file
// claims; an empty file is ErrEmpty, a foreign one ErrFormat; what can be read of
// a truncated file is read, with a note.
//
// Resampler turns any rate into any other (the recognisers want 16 kHz), and
// Level brings quiet speech up to the level recognisers were trained on.
package audio
