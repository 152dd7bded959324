package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A gate is a question that the shop asks before it does something.
type gate struct {
	Question string
	Allowed  bool
	Reason   string
}

// reasons are those of decisions, in words.
var reasons = map[crm.DecisionReason]string{
	crm.ReasonGranted:     "they agreed",
	crm.ReasonNotObjected: "needs no consent, and they did not object",
	crm.ReasonNoConsent:   "they never agreed",
	crm.ReasonPending:     "asked, not yet confirmed",
	crm.ReasonWithdrawn:   "they took it back",
	crm.ReasonDenied:      "they refused or objected",
	crm.ReasonExpired:     "their consent has ended",
}

// gates asks what shops ask most, by the gates that every room asks.
func gates(ctx context.Context, tx *crm.Tx, id crm.CustomerID) ([]*gate, error) {
	var list []*gate
	for _, q := range []struct {
		text    string
		channel crm.Channel
		purpose crm.Purpose
	}{
		{"Newsletter by e‑mail", crm.ChannelEmail, crm.PurposeMarketing},
		{"Offers by SMS", crm.ChannelSMS, crm.PurposeMarketing},
		{"Messages about orders", crm.ChannelEmail, crm.PurposeTransactional},
		{"Personal suggestions", "", crm.PurposeProfiling},
	} {
		d, err := tx.Consents.Decide(ctx, id, q.channel, q.purpose, time.Time{})
		if err != nil {
			return nil, err
		}
		list = append(list, &gate{q.text, d.Allowed, reasons[d.Reason]})
	}
	return list, nil
}

// A permission is what holds, and the entry of the ledger that says so.
type permission struct {
	crm.Permission
	Entry *crm.Consent // nil when it is gone
}

// Proof tells how it came about.
func (p *permission) Proof() []string {
	if p.Entry == nil {
		return nil
	}
	return proofWords(p.Entry.Proof)
}

// permissions reads what holds, with its proof.
func permissions(ctx context.Context, tx *crm.Tx, id crm.CustomerID) ([]*permission, error) {
	holding, err := tx.Consents.List(ctx, id)
	if err != nil {
		return nil, err
	}
	var list []*permission
	for _, p := range holding {
		entry, err := tx.Consents.Get(ctx, p.ConsentID)
		if err != nil && !errors.Is(err, crm.ErrNotFound) {
			return nil, err
		}
		list = append(list, &permission{p, entry})
	}
	return list, nil
}

// A ledger is a page of all that was ever said of consents.
type ledger struct {
	Customer *crm.Customer
	Entries  []*crm.Consent
	Older    string
}

// ledger shows every consent of a customer with its proof.
func (o *office) ledger(r *http.Request) (*page, error) {
	id, v := crm.CustomerID(r.PathValue("id")), &ledger{}
	err := o.book.View(r.Context(), func(ctx context.Context, tx *crm.Tx) (err error) {
		if v.Customer, err = tx.Customers.Get(ctx, id); err != nil {
			return err
		}
		if !v.Customer.ErasedAt.IsZero() {
			return crm.ErrErased
		}
		p, err := tx.Consents.History(ctx, crm.ConsentQuery{CustomerID: id, Limit: 50, After: r.FormValue("after")})
		if err != nil {
			return err
		}
		v.Entries = p.Items
		if p.Next != "" {
			v.Older = customerPath(id) + "/consents?" + url.Values{"after": {p.Next}}.Encode()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &page{name: "consents", Title: "Consents of " + name(v.Customer), Here: "customers", Data: v}, nil
}
