// Package model is under construction.
package model
