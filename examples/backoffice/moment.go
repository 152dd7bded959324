package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A moment is an entry of a timeline, in words.
type moment struct {
	At      time.Time
	Sort    string // of what: "Order", "Visit"; for the eye too
	What    string
	About   []string // details, each short
	Text    string   // what somebody wrote
	Amount  crm.Money
	State   string
	Channel crm.Channel
	Path    string // of its page, "" for none
	Times   int    // how often in a row; 1 is once
	Under   crm.CustomerID
}

// A teller puts entries into words. It looks each product up once, and is good
// for one transaction.
type teller struct {
	tx     *crm.Tx
	titles map[string]string // by SKU
}

func newTeller(tx *crm.Tx) *teller { return &teller{tx, map[string]string{}} }

// title returns what a SKU is called, itself when nobody knows.
func (t *teller) title(ctx context.Context, sku string) (string, error) {
	if title, ok := t.titles[sku]; ok || sku == "" {
		return title, nil
	}
	title := sku
	p, err := t.tx.Products.BySKU(ctx, sku)
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return "", err
	}
	if err == nil && p.Title != "" {
		title = p.Title
	}
	t.titles[sku] = title
	return title, nil
}

// tell puts an entry into words.
func (t *teller) tell(ctx context.Context, e *crm.Entry) (*moment, error) {
	m := &moment{At: e.At, Channel: e.Channel, Under: e.CustomerID, Times: 1}
	switch {
	case e.Order != nil:
		o := e.Order
		m.Sort, m.What, m.Amount, m.Path = "Order", orderName(o), o.Total, orderPath(o.ID)
		m.State = words(o.State)
		return m, t.goods(ctx, m, o.Items)
	case e.Refund != nil:
		m.Sort, m.What, m.Amount = "Refund", words(e.Refund.Reason), e.Refund.Amount.Neg()
		if e.Refund.OrderID != "" {
			m.Path = orderPath(e.Refund.OrderID)
		}
		for _, l := range e.Refund.Lines {
			m.About = append(m.About, fmt.Sprintf("%d\u00a0× %s", l.Quantity, firstOf(l.Title, l.SKU, string(l.Kind))))
		}
		m.What = firstOf(m.What, "Money given back")
	case e.Consent != nil:
		c := e.Consent
		m.Sort, m.State = "Consent", string(c.State)
		m.What = capital(words(c.Purpose)) + " " + onChannel(c.Channel)
		m.About = proofWords(c.Proof)
		if c.Ignored {
			m.About = append(m.About, "without effect")
		}
	case e.Interaction != nil:
		return m, t.interaction(ctx, m, e.Interaction)
	}
	return m, nil
}

// goods tells what an order is of: two lines, and how many more.
func (t *teller) goods(ctx context.Context, m *moment, items []crm.Item) error {
	more := 0
	for _, i := range items {
		if i.Kind != crm.ItemProduct {
			continue
		}
		if len(m.About) == 2 {
			more++
			continue
		}
		title, err := t.title(ctx, i.SKU)
		if err != nil {
			return err
		}
		m.About = append(m.About, fmt.Sprintf("%d\u00a0× %s", i.Quantity, firstOf(i.Title, title)))
	}
	if more > 0 {
		m.About = append(m.About, fmt.Sprintf("%d more", more))
	}
	return nil
}

// interaction tells of what happened without a sale.
func (t *teller) interaction(ctx context.Context, m *moment, i *crm.Interaction) error {
	m.Sort, m.What, m.Text, m.Amount = sortOf(i.Kind), capital(words(i.Kind)), i.Text, i.Value
	title, err := t.title(ctx, i.SKU)
	if err != nil {
		return err
	}
	if title != "" {
		m.About = append(m.About, title)
	}
	if i.Rating > 0 {
		m.About = append(m.About, fmt.Sprintf("%d of 5 stars", i.Rating))
	}
	for _, key := range []string{"search_term", "page_location", "page", "path", "campaign", "subject", "outcome", "feedback"} {
		if v := i.Properties[key].String(); v != "" {
			m.About = append(m.About, v)
		}
	}
	if n := len(i.Items); n > 0 {
		m.About = append(m.About, plural(n, "product"))
	}
	return nil
}

// sortOf tells an interaction's sort: the strand of a timeline that it is in.
func sortOf(kind crm.InteractionKind) string {
	for _, s := range strands {
		if s.Sort != "" && slices.Contains(s.kinds, kind) {
			return s.Sort
		}
	}
	return "Event"
}

// fold makes one of moments that tell the same in a row, on one day.
func fold(list []*moment, day func(time.Time) string) []*moment {
	var out []*moment
	for _, m := range list {
		if n := len(out); n > 0 && m.Sort == "Visit" && m.Text == "" && m.Amount.IsZero() {
			last := out[n-1]
			if last.What == m.What && last.Channel == m.Channel && last.Under == m.Under && day(last.At) == day(m.At) && slices.Equal(last.About, m.About) {
				last.Times++
				continue
			}
		}
		out = append(out, m)
	}
	return out
}

// orderName is what people call an order.
func orderName(o *crm.Order) string {
	return firstOf(o.Number, o.Ref.ID, "without a number")
}

// proofWords tells how a consent came about.
func proofWords(p crm.Proof) []string {
	var list []string
	for _, s := range []string{words(p.Mechanism), p.Source, p.TextVersion} {
		if s != "" {
			list = append(list, s)
		}
	}
	return list
}

// onChannel is "by e-mail", "by SMS" or "on every channel".
func onChannel(c crm.Channel) string {
	if c == "" {
		return "on every channel"
	}
	return "by " + via(c)
}

// via is what people call a channel.
func via(c crm.Channel) string {
	switch c {
	case crm.ChannelEmail:
		return "e-mail"
	case crm.ChannelSMS:
		return "SMS"
	}
	return words(c)
}

func capital(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + s[n:]
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func plural(n any, noun string) string {
	if count(n) == "1" {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}
