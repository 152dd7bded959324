package recommend_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// Prices in other currencies are in a band by what they are in the shop's, and in
// none when there is no rate; the variant that is offered is in it too.
func TestOtherCurrencies(t *testing.T) {
	ctx := t.Context()
	book, err := crm.New(memstore.New(nil), &crm.Options{
		Currency: "EUR", Now: func() time.Time { return today },
		Rate: func(c crm.Currency, _ time.Time) crm.Rate {
			if c == "USD" {
				return crm.Rate{Num: 1, Den: 2}
			}
			return crm.Rate{}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	variant := func(sku string, amount int64, c crm.Currency) crm.Variant {
		return crm.Variant{SKU: sku, Price: crm.Money{Amount: amount, Currency: c}, Tracked: true, Stock: 1}
	}
	for id, list := range map[crm.ProductID][]crm.Variant{
		"euros":   {variant("e-9", 900, "EUR"), variant("e-12", 1200, "EUR")},
		"dollars": {variant("d-18", 1800, "USD"), variant("d-40", 4000, "USD"), variant("d-9", 900, "USD")},
		"crowns":  {variant("s-9", 900, "SEK")},
		"both":    {variant("b-9", 900, "SEK"), variant("b-30", 3000, "USD")},
		"free":    {{SKU: "f-0", Tracked: true, Stock: 1}},
	} {
		if _, err := book.Products.Record(ctx, crm.Product{ID: id, Title: string(id), Published: true, Variants: list}); err != nil {
			t.Fatal(err)
		}
	}
	rec, err := recommend.New(book, nil)
	if err != nil {
		t.Fatal(err)
	}
	eur := func(cents int64) crm.Money { return crm.Money{Amount: cents, Currency: "EUR"} }
	check := func(name string, rec *recommend.Recommender, only recommend.Filter, want map[crm.ProductID]string) {
		t.Helper()
		list, err := rec.ForCustomer(ctx, "", &recommend.Query{Only: only})
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range list.Items {
			if sku, ok := want[item.ProductID]; !ok || sku != item.SKU {
				t.Errorf("%s: %s as %s, want %q", name, item.ProductID, item.SKU, sku)
			}
		}
		if len(list.Items) != len(want) {
			t.Errorf("%s: %d products, want %d", name, len(list.Items), len(want))
		}
	}
	check("any price", rec, recommend.Filter{}, map[crm.ProductID]string{"euros": "e-9", "dollars": "d-9", "crowns": "s-9", "both": "b-30", "free": "f-0"})
	check("to 10", rec, recommend.Filter{To: eur(1000)}, map[crm.ProductID]string{"euros": "e-9", "dollars": "d-9"})
	check("from 6 to 10", rec, recommend.Filter{From: eur(600), To: eur(1000)}, map[crm.ProductID]string{"euros": "e-9", "dollars": "d-18"})
	check("from 10", rec, recommend.Filter{From: eur(1000)}, map[crm.ProductID]string{"euros": "e-12", "dollars": "d-40", "both": "b-30"})
	stop := errors.New("stop")
	if err := book.Update(ctx, func(ctx context.Context, tx *crm.Tx) error {
		if _, err := tx.Products.Update(ctx, "dollars", func(p *crm.Product) error {
			for i := range p.Variants {
				p.Variants[i].Price.Currency = "EUR"
			}
			return nil
		}); err != nil {
			return err
		}
		check("within a transaction, from 10 to 16", rec.In(tx), recommend.Filter{From: eur(1000), To: eur(1600)}, map[crm.ProductID]string{"euros": "e-12", "both": "b-30"})
		check("within a transaction, to 8", rec.In(tx), recommend.Filter{To: eur(800)}, nil)
		return stop
	}); !errors.Is(err, stop) {
		t.Fatal(err)
	}
}
