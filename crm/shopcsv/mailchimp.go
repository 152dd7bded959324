package shopcsv

import (
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// mailchimp reads the contacts of an audience: a file of all with their Status,
// or one of each status, which names it nowhere.
type mailchimp struct {
	*sheet
	email, given, family, phone, tags, note, status  col
	optIn, confirmed, changed, unsubscribed, cleaned col
	optInIP, confirmIP                               col
	unstated                                         answer // of rows that tell no status
}

func openMailchimp(s *sheet) (parser, error) {
	p := &mailchimp{
		sheet: s, email: s.col("Email Address"), given: s.col("First Name", "FNAME"), family: s.col("Last Name", "LNAME"),
		phone: s.col("Phone Number", "Phone"), tags: s.col("TAGS"), note: s.col("NOTES"), status: s.col("Status"),
		optIn: s.col("OPTIN_TIME"), confirmed: s.col("CONFIRM_TIME"), changed: s.col("LAST_CHANGED"),
		unsubscribed: s.col("UNSUB_TIME"), cleaned: s.col("CLEAN_TIME"),
		optInIP: s.col("OPTIN_IP"), confirmIP: s.col("CONFIRM_IP"),
		unstated: answers[fold(s.opts.ListStatus)],
	}
	if p.status == 0 && p.unsubscribed == 0 && p.cleaned == 0 && p.unstated == "" {
		s.warn("consents are left out: the file does not tell who is subscribed, so Options.ListStatus has to")
	}
	return p, s.findAttributes()
}

func (p *mailchimp) grouping() grouping { return grouping{rowed: true} }

func (p *mailchimp) key(r *row) string { return r.text(p.email) }

func (p *mailchimp) records(rows []*row) []crm.Record {
	r := rows[0]
	optIn, confirmed, changed := p.time(r, p.optIn), p.time(r, p.confirmed), p.time(r, p.changed)
	c := &crm.Customer{
		GivenName: r.text(p.given), FamilyName: r.text(p.family), Email: r.text(p.email), Phone: r.code(p.phone),
		Tags: sortedSet(wordsOf(r.text(p.tags))), Note: r.text(p.note), Attributes: p.values(r),
		FirstSeenAt: earliest(optIn, confirmed),
	}
	p.findable(r, p.email)
	consents := p.told(r, optIn, confirmed, changed)
	if faulty(rows) {
		return nil
	}
	return []crm.Record{{Customer: c, Consents: consents}}
}

// told returns the consent that a row tells of.
func (p *mailchimp) told(r *row, optIn, confirmed, changed time.Time) []crm.Consent {
	unsubscribed, cleaned := p.time(r, p.unsubscribed), p.time(r, p.cleaned)
	a := p.answer(r, p.status)
	if r.text(p.status) == "" {
		switch {
		case !cleaned.IsZero():
			a = bounced
		case !unsubscribed.IsZero():
			a = left
		case p.status == 0:
			a = p.unstated
		}
	}
	at := time.Time{}
	switch a {
	case agreed:
		at = first(confirmed, optIn)
	case asked:
		at = optIn
	case left:
		at = first(unsubscribed, changed)
	case bounced:
		at = first(cleaned, changed)
	case silent:
		at = changed
	}
	list := p.consents(a, crm.ChannelEmail, at)
	if a == agreed {
		list[0].Proof.IPHash = p.hashIP(r, p.confirmIP, p.optInIP)
	}
	return list
}

// findable notes that a row without an e-mail address is of nobody.
func (s *sheet) findable(r *row, email col) {
	if r.text(email) == "" {
		r.fail(s.name(email), "", "want an e-mail address, by which the customer is found again")
	}
}

// first returns the first of times that is known.
func first(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// earliest returns the earliest of times that are known.
func earliest(times ...time.Time) time.Time {
	var least time.Time
	for _, t := range times {
		if least.IsZero() || !t.IsZero() && t.Before(least) {
			least = t
		}
	}
	return least
}
