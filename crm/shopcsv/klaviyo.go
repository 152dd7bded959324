package shopcsv

import (
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// The columns of Klaviyo that tell of consents.
const (
	klaviyoEmail = "Email Marketing Consent"
	klaviyoSMS   = "SMS Marketing Consent|SMS Consent"
)

// klaviyo reads the profiles of a list or a segment.
type klaviyo struct {
	*sheet
	email, given, family, phone, company, since col
	emailing, emailedAt, suppressed             col
	texting, textedAt                           col
	address                                     addressCols
}

func openKlaviyo(s *sheet) (parser, error) {
	p := &klaviyo{
		sheet: s, email: s.col("Email"), given: s.col("First Name"), family: s.col("Last Name"),
		phone: s.col("Phone Number"), company: s.col("Organization"), since: s.col("Profile Created On", "Created"),
		emailing: s.col(klaviyoEmail), emailedAt: s.col(klaviyoEmail + " Timestamp"),
		suppressed: s.col("Email Suppressions", "Suppressed"),
		texting:    s.any(klaviyoSMS), textedAt: s.col("SMS Marketing Consent Timestamp", "SMS Consent Timestamp"),
	}
	p.address = addressCols{
		given: p.given, family: p.family, company: p.company, line1: s.col("Address", "Address 1"), line2: s.col("Address 2"),
		city: s.col("City"), region: s.col("State / Region"), postcode: s.col("Zip Code"), country: s.col("Country"),
	}
	return p, s.findAttributes()
}

func (p *klaviyo) grouping() grouping { return grouping{rowed: true} }

func (p *klaviyo) key(r *row) string { return r.text(p.email) }

func (p *klaviyo) records(rows []*row) []crm.Record {
	r := rows[0]
	c := &crm.Customer{
		GivenName: r.text(p.given), FamilyName: r.text(p.family), Company: r.text(p.company), Email: r.text(p.email),
		Phone: r.code(p.phone), FirstSeenAt: p.time(r, p.since), Attributes: p.values(r),
	}
	if a := p.address.read(r); a.Line1 != "" { // what is less is guessed from an IP address
		c.Addresses = []crm.Address{a}
	}
	p.findable(r, p.email)
	emailing, at := p.answer(r, p.emailing), p.time(r, p.emailedAt)
	mechanism := ""
	if word := p.suppression(r); word != "" && emailing != left {
		// Its time is not told: it is later than the consent.
		emailing, at, mechanism = left, time.Time{}, word
	}
	consents := p.consents(emailing, crm.ChannelEmail, at)
	if mechanism != "" {
		consents[0].Proof.Mechanism = mechanism
	}
	consents = append(consents, p.consents(p.answer(r, p.texting), crm.ChannelSMS, p.time(r, p.textedAt))...)
	if faulty(rows) {
		return nil
	}
	return []crm.Record{{Customer: c, Consents: consents}}
}

// suppression returns why Klaviyo sends a profile no mail, "" when it does: a
// mechanism of a withdrawal.
func (p *klaviyo) suppression(r *row) string {
	switch word := fold(r.text(p.suppressed)); {
	case word == "" || answers[word] == silent || word == "none":
		return ""
	case strings.Contains(word, "bounce") || strings.Contains(word, "invalid"):
		return mechanismBounce
	case strings.Contains(word, "spam"):
		return "spam_complaint"
	}
	return "suppressed"
}
