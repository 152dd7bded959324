package collect

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A sender is what a request tells beside its batch.
type sender struct {
	gpc  string
	addr netip.Addr
	dnt  bool
}

// says returns the header that a browser says it by, if it is "1".
func says(r *http.Request, header string) string {
	if s := strings.TrimSpace(r.Header.Get(header)); s == "1" {
		return s
	}
	return ""
}

// permitted writes down what the request says of consents, and reports whether
// anything else of it may be kept. Nothing is of whom an objection of the person
// or of the device is known; a browser that said no stays nobody's until they
// grant something.
func (h *Handler) permitted(ctx context.Context, tx *crm.Tx, d *record, s sender, b *batch) (bool, error) {
	ids := []crm.CustomerID{tx.Consents.Visitor(d.device)}
	if d.customer != "" {
		ids = append([]crm.CustomerID{d.customer}, ids...)
	}
	d.spoke = len(b.consent) > 0
	for _, c := range b.consent {
		if err := h.consent(ctx, tx, ids[0], c, s, b); err != nil {
			return false, err
		}
	}
	if _, err := tx.Consents.Signal(ctx, ids[0], s.gpc); err != nil {
		return false, err
	}
	granted, wished := false, false
	for i, id := range ids {
		if i > 0 && d.fresh {
			break // nobody is known by it
		}
		for _, purpose := range []crm.Purpose{crm.PurposeAnalytics, crm.PurposeProfiling} {
			c, err := tx.Consents.Decide(ctx, id, "", purpose, time.Time{})
			if err != nil {
				return false, err
			}
			switch c.Reason {
			case crm.ReasonWithdrawn, crm.ReasonDenied:
				d.objected = true
			case crm.ReasonGranted:
				wished = true
				granted = granted || purpose == crm.PurposeAnalytics
			}
		}
	}
	d.objected = d.objected || d.out && !wished
	d.unasked = h.opts.ConsentFirst && !granted
	return !d.objected && !d.unasked && !s.dnt, nil
}

// consent adds to the ledger what somebody said, unless they have said so before.
func (h *Handler) consent(ctx context.Context, tx *crm.Tx, id crm.CustomerID, say said, s sender, b *batch) error {
	d, err := tx.Consents.Decide(ctx, id, "", say.purpose, time.Time{})
	if err != nil {
		return err
	}
	yes, no := d.Reason == crm.ReasonGranted, d.Reason == crm.ReasonWithdrawn || d.Reason == crm.ReasonDenied
	if wants := say.state == crm.ConsentGranted; wants && yes || !wants && no {
		return nil
	}
	c := crm.Consent{
		CustomerID: id, Purpose: say.purpose, State: say.state,
		Proof: crm.Proof{Mechanism: "page", Source: h.opts.Source, TextVersion: b.version},
	}
	if say.state == crm.ConsentGranted {
		c.Basis = crm.BasisConsent
	}
	if s.addr.IsValid() {
		c.Proof.IPHash = tx.Consents.HashIP(s.addr)
	}
	_, err = tx.Consents.Record(ctx, c)
	return err
}
