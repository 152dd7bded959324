package crm_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// asked is a request for a consent to newsletters.
func asked(id crm.CustomerID) crm.Consent {
	c := stated(id, "", crm.PurposeMarketing, viaEmail, time.Time{})
	c.Basis, c.ExpiresAt = crm.BasisConsent, day(900)
	c.Proof = crm.Proof{TextVersion: "7", Mechanism: "form", Source: "footer"}
	return c
}

func request(t failer, book *crm.Book, c crm.Consent) (string, *crm.Consent) {
	t.Helper()
	token, pending, err := book.Consents.Request(t.Context(), c, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token, pending
}

func TestDoubleOptIn(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			ctx := t.Context()
			book := open(t, e.open(t), nil) // whose clock stands still
			putCustomer(t, book, crm.Customer{ID: "ada", Email: "ada@example.com"})
			token, pending := request(t, book, asked("ada"))
			if pending.State != crm.ConsentPending || decide(t, book, "ada", viaEmail, crm.PurposeMarketing, time.Time{}) != crm.ReasonPending {
				t.Errorf("asked: %+v", pending)
			}
			if strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" || len(token) > 120 {
				t.Errorf("token %s of %d characters", token, len(token))
			}
			at := head(t, book)
			got, err := book.Consents.Confirm(ctx, token, crm.Proof{Note: "clicked", IPHash: "ff"})
			if err != nil {
				t.Fatal(err)
			}
			want := &crm.Consent{
				ID: got.ID, CustomerID: "ada", Channel: viaEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentGranted, Basis: crm.BasisConsent,
				Proof: crm.Proof{TextVersion: "7", Mechanism: crm.MechanismDoubleOptIn, Source: "footer", Note: "clicked", IPHash: "ff"},
				Cause: pending.ID, OccurredAt: today, ExpiresAt: day(900), CreatedAt: today,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("confirmed (-want +got):\n%s", diff)
			}
			if got := decide(t, book, "ada", viaEmail, crm.PurposeMarketing, time.Time{}); got != crm.ReasonGranted {
				t.Errorf("then it is %s", got)
			}
			events := since(t, book, at)
			if len(events) != 1 || cmp.Diff([]crm.Change{{Field: "state", From: "pending", To: "granted"}}, events[0].Changes) != "" {
				t.Errorf("events %v", events)
			}
			// Once is enough.
			at = head(t, book)
			again, err := book.Consents.Confirm(ctx, token, crm.Proof{Note: "clicked again"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, again); diff != "" {
				t.Errorf("confirmed again (-want +got):\n%s", diff)
			}
			if n := len(ledger(t, book, "ada")); n != 2 || head(t, book) != at {
				t.Errorf("%d entries, want 2", n)
			}
		})
	}
}

func TestConfirmRefuses(t *testing.T) {
	ctx := t.Context()
	book, now := agreeable(t, "ada")
	token, _ := request(t, book, asked("ada"))
	other, _ := request(t, memory(t), stated(book.Consents.Visitor("x"), "", "club", viaEmail, time.Time{}))
	unsubscribe, err := book.Consents.UnsubscribeToken("ada", viaEmail, crm.PurposeMarketing)
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(token)
	flipped[9] ^= 1
	for name, text := range map[string]string{
		"nothing": "", "words": "let me in", "padding": token + "=", "a line end": token + "\n", "one letter": string(flipped),
		"short": token[:len(token)-1], "long": strings.Repeat("A", 10_000), "another book's": other, "another purpose's": unsubscribe,
	} {
		c, err := book.Consents.Confirm(ctx, text, crm.Proof{})
		if !errors.Is(err, crm.ErrInvalid) || c != nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	if _, err := book.Consents.Confirm(ctx, token, crm.Proof{IPHash: "192.0.2.7"}); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("a proof with an address: %v", err)
	}
	*now = today.Add(time.Hour)
	if _, err := book.Consents.Confirm(ctx, token, crm.Proof{}); !errors.Is(err, crm.ErrExpired) {
		t.Errorf("after its time: %v", err)
	}
	if n := len(ledger(t, book, "ada")); n != 1 {
		t.Errorf("%d entries, want the request only", n)
	}
	if _, _, err := book.Consents.Request(ctx, granted("ada", day(1)), 0); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("request for what is granted: %v", err)
	}
	if token, _, err := book.Consents.Request(ctx, asked("nobody"), 0); !errors.Is(err, crm.ErrNotFound) || token != "" {
		t.Errorf("request of nobody: %q, %v", token, err)
	}
	if _, _, err := book.Consents.Request(ctx, asked("ada"), -1); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("request for no time: %v", err)
	}
}

// TestWithdrawalKillsToken withdraws between a request and its confirmation,
// and asks again.
func TestWithdrawalKillsToken(t *testing.T) {
	ctx := t.Context()
	for _, tt := range []struct {
		name string
		c    crm.Consent
		want error
	}{
		{"withdrawn", withdrawn("ada", today.Add(time.Minute)), crm.ErrWithdrawn},
		{"withdrawn at that moment", withdrawn("ada", today), crm.ErrWithdrawn},
		{"denied", stated("ada", crm.ConsentDenied, crm.PurposeMarketing, viaEmail, today.Add(time.Minute)), crm.ErrWithdrawn},
		{"on every channel", stated("ada", crm.ConsentWithdrawn, crm.PurposeMarketing, "", today.Add(time.Minute)), crm.ErrWithdrawn},
		{"before", withdrawn("ada", today.Add(-time.Minute)), nil},
		{"on another channel", stated("ada", crm.ConsentWithdrawn, crm.PurposeMarketing, viaSMS, today.Add(time.Minute)), nil},
		{"another purpose", stated("ada", crm.ConsentDenied, crm.PurposeProfiling, "", today.Add(time.Minute)), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book, now := agreeable(t, "ada")
			token, _ := request(t, book, asked("ada"))
			*now = today.Add(2 * time.Minute)
			putConsent(t, book, tt.c)
			_, err := book.Consents.Confirm(ctx, token, crm.Proof{})
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			*now = today.Add(3 * time.Minute)
			if tt.want != nil { // a new request is good, the old one stays dead
				fresh, _ := request(t, book, asked("ada"))
				if _, err := book.Consents.Confirm(ctx, token, crm.Proof{}); !errors.Is(err, tt.want) {
					t.Errorf("the old token: %v", err)
				}
				if _, err := book.Consents.Confirm(ctx, fresh, crm.Proof{}); err != nil {
					t.Errorf("the new token: %v", err)
				}
			}
			if got := decide(t, book, "ada", viaEmail, crm.PurposeMarketing, time.Time{}); got != crm.ReasonGranted {
				t.Errorf("in the end it is %s", got)
			}
		})
	}
}

// TestRequestTwice has an impatient customer send the form again.
func TestRequestTwice(t *testing.T) {
	ctx := t.Context()
	book, now := agreeable(t, "ada")
	first, _ := request(t, book, asked("ada"))
	*now = today.Add(time.Minute)
	second, _ := request(t, book, asked("ada"))
	for _, token := range []string{first, second} {
		if _, err := book.Consents.Confirm(ctx, token, crm.Proof{}); err != nil {
			t.Fatal(err)
		}
	}
	// And whoever sends it for her later does not put an end to it.
	*now = today.Add(time.Hour)
	at := head(t, book)
	token, held, err := book.Consents.Request(ctx, asked("ada"), 0)
	if err != nil || token != "" || held.State != crm.ConsentGranted || head(t, book) != at {
		t.Errorf("asked for what is granted: token %q, %+v, %v", token, held, err)
	}
	if got := decide(t, book, "ada", viaEmail, crm.PurposeMarketing, time.Time{}); got != crm.ReasonGranted {
		t.Errorf("then it is %s", got)
	}
}

func TestUnsubscribe(t *testing.T) {
	ctx := t.Context()
	book, now := agreeable(t, "ada")
	putConsent(t, book, granted("ada", day(1)))
	putConsent(t, book, stated("ada", crm.ConsentGranted, crm.PurposeMarketing, viaSMS, day(1)))
	token, err := book.Consents.UnsubscribeToken("ada", viaEmail, crm.PurposeMarketing)
	if err != nil {
		t.Fatal(err)
	}
	*now = today.AddDate(9, 0, 0) // the mail was found again
	c, err := book.Consents.Unsubscribe(ctx, token, crm.Proof{Source: "mail"})
	if err != nil {
		t.Fatal(err)
	}
	want := &crm.Consent{
		ID: c.ID, CustomerID: "ada", Channel: viaEmail, Purpose: crm.PurposeMarketing, State: crm.ConsentWithdrawn,
		Proof: crm.Proof{Mechanism: crm.MechanismUnsubscribe, Source: "mail"}, OccurredAt: *now, CreatedAt: *now,
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	at := head(t, book)
	*now = now.Add(time.Minute)
	if again, err := book.Consents.Unsubscribe(ctx, token, crm.Proof{}); err != nil || again.ID != c.ID || head(t, book) != at {
		t.Errorf("again: %+v, %v", again, err)
	}
	if got := decide(t, book, "ada", viaSMS, crm.PurposeMarketing, time.Time{}); got != crm.ReasonGranted {
		t.Errorf("another channel is %s", got)
	}
	// One for every channel takes the rest, also when one channel is left.
	every, err := book.Consents.UnsubscribeToken("ada", "", crm.PurposeMarketing)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Consents.Unsubscribe(ctx, every, crm.Proof{}); err != nil {
		t.Fatal(err)
	}
	for _, channel := range []crm.Channel{viaEmail, viaSMS, crm.ChannelPush} {
		if got := decide(t, book, "ada", channel, crm.PurposeMarketing, time.Time{}); got != crm.ReasonWithdrawn {
			t.Errorf("%s is %s", channel, got)
		}
	}
	for name, text := range map[string]string{"nothing": "", "cut": token[1:], "another purpose's": must(request(t, book, stated("ada", "", "club", viaEmail, time.Time{})))} {
		if _, err := book.Consents.Unsubscribe(ctx, text, crm.Proof{}); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range []crm.CustomerID{"", "ada@example.com"} {
		if token, err := book.Consents.UnsubscribeToken(id, viaEmail, crm.PurposeMarketing); !errors.Is(err, crm.ErrInvalid) || token != "" || strings.Contains(err.Error(), "ada@") {
			t.Errorf("token for %q: %q, %v", id, token, err)
		}
	}
}

func must(token string, _ *crm.Consent) string { return token }

// TestTokensStay opens the book again.
func TestTokensStay(t *testing.T) {
	st := memstore.New(nil)
	book := open(t, st, nil)
	putCustomer(t, book, crm.Customer{ID: "ada"})
	token, _ := request(t, book, asked("ada"))
	if _, err := open(t, st, nil).Consents.Confirm(t.Context(), token, crm.Proof{}); err != nil {
		t.Error(err)
	}
}

// TestTokensOfErased uses every token of one who was erased, and of a visitor of
// theirs: none brings anything back.
func TestTokensOfErased(t *testing.T) {
	ctx := t.Context()
	book, now := agreeable(t, "ada", "ben")
	visitor := book.Consents.Visitor("browser")
	putConsent(t, book, stated("ada", crm.ConsentGranted, crm.PurposeMarketing, viaSMS, day(1)))
	confirm, _ := request(t, book, asked("ada"))
	anonymous, _ := request(t, book, asked(visitor))
	device := crm.Identity{Kind: crm.IdentityDevice, Value: "browser", Verified: true}
	if _, err := book.Identities.Link(ctx, "ben", device); err != nil {
		t.Fatal(err)
	}
	merge(t, book, "ben", "ada")
	unsubscribe, err := book.Consents.UnsubscribeToken("ben", viaSMS, crm.PurposeMarketing)
	if err != nil {
		t.Fatal(err)
	}
	verify, err := book.Identities.Token(ctx, "ben", email("ada@mill.example"), 0)
	if err != nil {
		t.Fatal(err)
	}
	*now = today.Add(time.Minute)
	erase(t, book, "ada")
	*now = today.Add(2 * time.Minute)
	before := contentsOf(t, book.Store())
	for name, err := range map[string]error{
		"confirm":               second(book.Consents.Confirm(ctx, confirm, crm.Proof{})),
		"confirm of a visitor":  second(book.Consents.Confirm(ctx, anonymous, crm.Proof{})),
		"unsubscribe":           second(book.Consents.Unsubscribe(ctx, unsubscribe, crm.Proof{})),
		"verify":                second(book.Identities.Verify(ctx, verify)),
		"list":                  second(book.Consents.List(ctx, "ben")),
		"decide":                second(book.Consents.Decide(ctx, "ben", viaSMS, crm.PurposeMarketing, time.Time{})),
		"may profile":           second(book.Consents.MayProfile(ctx, "ada", time.Time{})),
		"a Global Privacy flag": second(book.Consents.Signal(ctx, "ada", "1")),
	} {
		if !errors.Is(err, crm.ErrErased) {
			t.Errorf("%s: %v, want %v", name, err, crm.ErrErased)
		}
	}
	if !bytes.Equal(before, contentsOf(t, book.Store())) {
		t.Error("something was written")
	}
	// Whoever uses the browser now may agree to what they are asked then.
	again, _ := request(t, book, asked(visitor))
	if _, err := book.Consents.Confirm(ctx, again, crm.Proof{}); err != nil {
		t.Error(err)
	}
}

// TestRequestInTransaction rolls back.
func TestRequestInTransaction(t *testing.T) {
	book, _ := agreeable(t, "ada")
	enough := errors.New("enough")
	var token string
	err := book.Update(t.Context(), func(ctx context.Context, tx *crm.Tx) (err error) {
		if token, _, err = tx.Consents.Request(ctx, asked("ada"), 0); err != nil {
			return err
		}
		return enough
	})
	if err != enough {
		t.Fatal(err)
	}
	if _, err := book.Consents.Confirm(t.Context(), token, crm.Proof{}); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("the token of what was not recorded: %v", err)
	}
}

// FuzzToken gives arbitrary texts, which never verify.
func FuzzToken(f *testing.F) {
	book := memory(f)
	putCustomer(f, book, crm.Customer{ID: "ada"})
	confirm, _ := request(f, book, asked("ada"))
	unsubscribe, err := book.Consents.UnsubscribeToken("ada", viaEmail, "club")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "A", confirm, unsubscribe, confirm[:40], unsubscribe + "A", strings.Repeat("_", 60)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, err := book.Consents.Confirm(t.Context(), s, crm.Proof{})
		if (err == nil) != (s == confirm) || err != nil && !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("Confirm(%q): %v", s, err)
		}
		_, err = book.Consents.Unsubscribe(t.Context(), s, crm.Proof{})
		if (err == nil) != (s == unsubscribe) || err != nil && !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("Unsubscribe(%q): %v", s, err)
		}
	})
}
