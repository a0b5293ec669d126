package acd

import "github.com/agner-platform/agner/telephony/acd/internal/book"

// reserved reports whether advice holds the agent back from the visit.
func (s *State) reserved(*book.Visit, *book.Agent) bool { return false }
