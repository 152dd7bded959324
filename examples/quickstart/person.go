package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// telling are the interactions that say more of somebody than each page they saw.
var telling = []crm.InteractionKind{
	crm.KindSearch, crm.KindARSession, crm.KindStoreVisit, crm.KindCall, crm.KindRating, crm.KindReview,
	crm.KindMessageClicked, crm.KindSignUp,
}

// person is the second chapter: the best customer, all round. By what are they
// known, what may they be told, and what has passed between them and the shop?
func person(ctx context.Context, book *crm.Book) error {
	best, err := book.Customers.Best(ctx, crm.BestQuery{Limit: 1})
	if err != nil || len(best) == 0 {
		return err
	}
	id := best[0].Customer.ID
	fmt.Printf("\n%s, all round\n", name(best[0].Customer))
	if err := known(ctx, book, id); err != nil {
		return err
	}
	if err := allowed(ctx, book, id); err != nil {
		return err
	}
	traits, err := book.Traits.Get(ctx, id)
	if err != nil {
		return err
	}
	for _, t := range traits {
		fmt.Printf("  %s: %v\n", t.Path(), t.Value)
	}
	// README
	news, err := book.Consents.MaySend(ctx, id, crm.ChannelEmail, crm.PurposeMarketing, time.Time{})
	if err != nil {
		return err
	}
	fmt.Println("  may be sent the newsletter:", news)
	for e, err := range book.Timeline.List(ctx, id, crm.TimelineQuery{Interactions: telling, Limit: 6}) {
		if err != nil {
			return err
		}
		fmt.Printf("  %s  %s\n", e.At.Format(time.DateOnly), told(e))
	}
	// README
	return nil
}

// known shows by what a customer is recognized, masked.
func known(ctx context.Context, book *crm.Book, id crm.CustomerID) error {
	ids, err := book.Identities.List(ctx, id)
	if err != nil {
		return err
	}
	by := map[crm.IdentityKind][]string{}
	for _, i := range ids {
		by[i.Kind] = append(by[i.Kind], mask(i))
	}
	var list []string
	for _, kind := range slices.Sorted(maps.Keys(by)) {
		list = append(list, fmt.Sprintf("%s %s", kind, strings.Join(by[kind], " and ")))
	}
	fmt.Println("  known by", strings.Join(list, ", "))
	return nil
}

// mask shows what an identity is without telling it.
func mask(i crm.Identity) string {
	text := []rune(i.Value)
	switch at := strings.LastIndexByte(i.Value, '@'); {
	case i.Kind == crm.IdentityExternal:
		return i.Source + ":" + i.Value
	case i.Kind == crm.IdentityEmail && at > 0:
		return string(text[:1]) + "…" + i.Value[at:]
	}
	return "…" + string(text[max(len(text)-2, len(text)/2):])
}

// allowed shows what needs no consent, only that nobody objected.
func allowed(ctx context.Context, book *crm.Book, id crm.CustomerID) error {
	orders, err := book.Consents.MaySend(ctx, id, crm.ChannelEmail, crm.PurposeTransactional, time.Time{})
	if err != nil {
		return err
	}
	profiled, err := book.Consents.MayProfile(ctx, id, time.Time{})
	if err != nil {
		return err
	}
	fmt.Printf("  may be told of orders by e-mail: %t, may be profiled: %t\n", orders, profiled)
	return nil
}

// told is an entry of a timeline in a few words.
func told(e *crm.Entry) string {
	switch {
	case e.Order != nil:
		return strings.TrimSpace(fmt.Sprintf("order %-16s %14v  %s", e.Order.Ref.ID, e.Order.Total, e.Order.State))
	case e.Refund != nil:
		return strings.TrimSpace(fmt.Sprintf("refund %-15s %14v  %s", e.Refund.Ref.ID, e.Refund.Amount, e.Refund.Reason))
	case e.Consent != nil:
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Consent.Purpose, e.Channel, e.Consent.State))
	}
	words := []string{strings.ReplaceAll(string(e.Interaction.Kind), "_", " ")}
	for _, s := range []string{e.Interaction.SKU, e.Interaction.Properties["search_term"].Text(), e.Interaction.Properties["campaign"].Text()} {
		if s != "" {
			words = append(words, s)
		}
	}
	if n := e.Interaction.Rating; n > 0 {
		words = append(words, strings.Repeat("★", n))
	}
	return strings.Join(append(words, "by "+string(e.Channel)), " ")
}
