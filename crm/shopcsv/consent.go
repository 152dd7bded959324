package shopcsv

import (
	"net/netip"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// ChannelWhatsApp is the channel of the consents in Shopify's column Accepts
// WhatsApp Marketing.
const ChannelWhatsApp crm.Channel = "whatsapp"

// An answer is what a list says of a consent to marketing.
type answer string

const (
	agreed  answer = "agreed"
	asked   answer = "asked"   // and not confirmed
	left    answer = "left"    // taken back
	bounced answer = "bounced" // the address takes no mail
	silent  answer = "silent"  // never agreed, as far as the list knows
)

// answers tell what the words of lists mean, folded as columns are.
var answers = map[string]answer{
	"yes": agreed, "true": agreed, "1": agreed, "subscribed": agreed, "subscribe": agreed,
	"pending": asked, "unconfirmed": asked,
	"unsubscribed": left, "unsubscribe": left,
	"cleaned": bounced,
	"no":      silent, "false": silent, "0": silent, "neversubscribed": silent, "nonsubscribed": silent,
	"notsubscribed": silent, "archived": silent,
}

const wantAnswer = "want yes or no, subscribed, unsubscribed, never subscribed, non-subscribed, pending, cleaned or archived"

// answer reads a cell; a blank one says nothing. A word that is not known is
// no consent and no objection either, so it is rejected.
func (s *sheet) answer(r *row, c col) answer {
	text := r.text(c)
	if text == "" {
		return ""
	}
	a := answers[fold(text)]
	if a == "" {
		r.fail(s.name(c), text, wantAnswer)
	}
	return a
}

// consents returns what an answer of a time says of marketing on a channel; the
// zero time is that of the file.
func (s *sheet) consents(a answer, channel crm.Channel, at time.Time) []crm.Consent {
	if at.IsZero() {
		at = s.opts.AsOf
	}
	c := crm.Consent{
		Channel: channel, Purpose: crm.PurposeMarketing, OccurredAt: at,
		Proof: crm.Proof{Source: s.opts.Source},
	}
	switch a {
	case agreed:
		c.State, c.Basis = crm.ConsentGranted, crm.BasisConsent
	case asked:
		c.State, c.Basis = crm.ConsentPending, crm.BasisConsent
	case left:
		c.State = crm.ConsentWithdrawn
	case bounced:
		c.State, c.Proof.Mechanism = crm.ConsentWithdrawn, mechanismBounce
	case silent: // no state: see crm.Record
	default:
		return nil
	}
	return []crm.Consent{c}
}

// mechanismBounce marks a withdrawal that nobody asked for: the address takes no
// mail.
const mechanismBounce = "bounce"

// hashIP returns what is kept of an address in a cell, "" of what is none.
func (s *sheet) hashIP(r *row, cs ...col) string {
	if s.opts.HashIP == nil {
		return ""
	}
	for _, c := range cs {
		if addr, err := netip.ParseAddr(r.text(c)); err == nil {
			return s.opts.HashIP(addr)
		}
	}
	return ""
}
