package quality

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/agner-platform/agner/internal/db"
)

func TestCardsAndReviews(t *testing.T) {
	ctx := db.As(context.Background(), db.Actor{Name: "ann"})
	base, err := db.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = base.Close() })
	s := Open(base)
	c, err := s.PutCard(ctx, Card{Name: "Service", Body: json.RawMessage(`{"a":1}`)})
	if err != nil || c.Version != 1 || c.ID == "" {
		t.Fatalf("%+v, %v", c, err)
	}
	old := c
	c.Name = "Sales"
	if c, err = s.PutCard(ctx, c); err != nil || c.Version != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := s.PutCard(ctx, old); !errors.Is(err, db.ErrConflict) {
		t.Errorf("old version: %v", err)
	}
	if _, err := s.PutCard(ctx, Card{ID: "none", Version: 1}); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("no such card: %v", err)
	}
	if got, err := s.Card(ctx, c.ID); err != nil || got.Name != "Sales" || string(got.Body) != `{"a":1}` {
		t.Errorf("%+v, %v", got, err)
	}
	r, err := s.PutReview(ctx, Review{Card: c.ID, Interaction: "i", Agent: "bob", By: "ann", State: "draft", Score: 50, Body: json.RawMessage(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	r.State, r.Score, r.AutoFail = "done", 0, true
	if r, err = s.PutReview(ctx, r); err != nil || r.Version != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	list, err := s.Reviews(ctx, Filter{Agent: "bob", Limit: 10})
	if err != nil || len(list) != 1 || !list[0].AutoFail || list[0].State != "done" {
		t.Errorf("%+v, %v", list, err)
	}
	if none, err := s.Reviews(ctx, Filter{Interaction: "other", Limit: 10}); err != nil || len(none) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
	if _, err := s.PutReview(ctx, Review{Card: "none", Interaction: "i"}); err == nil {
		t.Error("a review of no card")
	}
	c.RetiredAt = c.UpdatedAt
	if _, err := s.PutCard(ctx, c); err != nil {
		t.Fatal(err)
	}
	if cards, err := s.Cards(ctx); err != nil || len(cards) != 0 {
		t.Errorf("%+v, %v", cards, err)
	}
}
