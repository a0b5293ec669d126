// Package engine turns sound into words with native recognisers that are loaded
// when they are needed: sherpa-onnx (Moonshine by default; Whisper, SenseVoice and
// offline transducers when their folders are given) and Vosk (any Vosk model).
// Nothing is linked: a binary without the libraries still starts, and says what is
// missing when asked to transcribe.
//
// Native code may end the process. Only a worker process (see speech/worker) may
// call Open.
//
// Words: a *stream* is one party's sound, mono at 16 kHz, accepted in pieces of any
// length; a *segment* is a stretch of speech between pauses, at most 8 s live
// and 24 s of a recording; a *partial* is what a segment sounds like so far, a *final* what it was. A
// *guard* is a check that cut something from a final; its name goes along.
//
// Times are seconds from the start of the stream. Vosk gives word times itself;
// the sherpa models here do not, so they are spread over the voiced parts of the
// segment and marked interpolated.
//
// Guarantees: no speech, no words (voice activity comes first); no final longer
// than MaxTokenRate allows, no loops, no foreign script; a stream is used by one
// goroutine, an engine by one at a time.
package engine
