package main

import (
	"context"
	"net/url"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A strand is a part of a timeline that can be looked at alone.
type strand struct {
	Name    string // in addresses
	Title   string
	Sort    string // what an interaction of it is called
	entries []crm.EntryKind
	kinds   []crm.InteractionKind
}

var strands = []strand{
	{Name: "", Title: "Everything"},
	{Name: "orders", Title: "Orders and refunds", entries: []crm.EntryKind{crm.EntryOrder, crm.EntryRefund}},
	{Name: "visits", Title: "Visits", Sort: "Visit", kinds: []crm.InteractionKind{
		crm.KindPageView, crm.KindViewItemList, crm.KindSelectItem, crm.KindViewItem, crm.KindViewPromotion,
		crm.KindSelectPromotion, crm.KindAddToWishlist, crm.KindAddToCart, crm.KindRemoveFromCart, crm.KindViewCart,
		crm.KindBeginCheckout, crm.KindAddShippingInfo, crm.KindAddPaymentInfo, crm.KindPurchase, crm.KindRefund,
		crm.KindSearch, crm.KindViewSearchResults, crm.KindGenerateLead, crm.KindSignUp, crm.KindLogin, crm.KindShare,
		crm.KindStoreVisit, crm.KindARSession,
	}},
	{Name: "messages", Title: "Messages", Sort: "Message", kinds: []crm.InteractionKind{
		crm.KindMessageSent, crm.KindMessageOpened, crm.KindMessageClicked,
	}},
	{Name: "talk", Title: "Calls, tickets and notes", Sort: "Talk", kinds: []crm.InteractionKind{
		crm.KindCall, crm.KindChat, crm.KindNote, crm.KindTicketOpened, crm.KindTicketReplied, crm.KindTicketResolved,
		crm.KindTicketReopened, crm.KindReturnRequested,
	}},
	{Name: "opinions", Title: "Opinions", Sort: "Opinion", kinds: []crm.InteractionKind{
		crm.KindRating, crm.KindReview, crm.KindSurveyAnswered,
	}},
	{Name: "consents", Title: "Consents", entries: []crm.EntryKind{crm.EntryConsent}},
}

// A story is a page of a customer's timeline.
type story struct {
	Strands []strand
	Show    string // the strand that is shown
	Days    []*today
	Newer   string // the address of the newest page, "" on it
	Older   string // the address of what comes next, "" at the end
	id      crm.CustomerID
}

// today is what happened on a day.
type today struct {
	At      time.Time // zero: nobody knows when
	Moments []*moment
}

// Path is the address of a strand of the story.
func (s *story) Path(name string) string { return s.path(name, "") }

func (s *story) path(show, after string) string {
	q := url.Values{}
	if show != "" {
		q.Set("show", show)
	}
	if after != "" {
		q.Set("after", after)
	}
	to := customerPath(s.id)
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	return to + "#timeline"
}

// pageful is how many entries of a timeline are shown at once.
const pageful = 40

// story reads a page of a timeline. Pages of a rare kind may come out empty
// although there is more: it looks on for some of them.
func (o *office) story(ctx context.Context, tx *crm.Tx, id crm.CustomerID, show, after string) (*story, error) {
	s := &story{Strands: strands, id: id}
	q := crm.TimelineQuery{Limit: pageful, After: after}
	for _, t := range strands {
		if t.Name == show {
			s.Show, q.Kinds, q.Interactions = show, t.entries, t.kinds
			if len(t.kinds) > 0 {
				q.Kinds = []crm.EntryKind{crm.EntryInteraction}
			}
		}
	}
	teller := newTeller(tx)
	var list []*moment
	for range 4 {
		p, err := tx.Timeline.Page(ctx, id, q)
		if err != nil {
			return nil, err
		}
		for _, e := range p.Items {
			m, err := teller.tell(ctx, e)
			if err != nil {
				return nil, err
			}
			list = append(list, m)
		}
		if q.After = p.Next; len(list) > 0 || p.Next == "" {
			break
		}
	}
	if q.After != "" {
		s.Older = s.path(s.Show, q.After)
	}
	if after != "" {
		s.Newer = s.path(s.Show, "")
	}
	for _, m := range fold(list, o.day) {
		if n := len(s.Days); n == 0 || o.day(s.Days[n-1].At) != o.day(m.At) {
			s.Days = append(s.Days, &today{At: m.At})
		}
		last := s.Days[len(s.Days)-1]
		last.Moments = append(last.Moments, m)
	}
	return s, nil
}
