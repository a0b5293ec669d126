package engine

import "errors"

var (
	// ErrMissing is a library or model file that is not where it should be.
	ErrMissing = errors.New("speech model or library is missing")
	// ErrLibrary is a native library that cannot be loaded or lacks a function.
	ErrLibrary = errors.New("native speech library is not usable")
	// ErrModel is a model the native library refused.
	ErrModel = errors.New("speech model is not usable")
	// ErrEngine is an engine name nobody knows.
	ErrEngine = errors.New("speech engine is unknown")
)
