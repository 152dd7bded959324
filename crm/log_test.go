package crm_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// TestLogger records an order whose total is not the sum of its parts, alone
// and in an import: the log tells it, once, and nothing of the customer.
func TestLogger(t *testing.T) {
	var out bytes.Buffer
	book := open(t, memstore.New(&memstore.Options{Chaos: 3}), &crm.Options{Logger: slog.New(slog.NewTextHandler(&out, nil))})
	odd := crm.Order{
		Ref: ref("1"), OccurredAt: day(1), Email: "ada@example.com",
		Items: []crm.Item{{Title: "Mug", Quantity: 1, Price: gbp(500)}}, Total: gbp(700),
	}
	if _, err := book.Orders.Record(t.Context(), odd); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("failed")
	if err := book.Update(t.Context(), func(ctx context.Context, tx *crm.Tx) error {
		odd.Ref = ref("2")
		if _, err := tx.Orders.Record(ctx, odd); err != nil {
			return err
		}
		return failed
	}); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "recorded with a warning"); n != 1 || !strings.Contains(out.String(), "7.00 GBP") {
		t.Errorf("%d warnings, want 1:\n%s", n, &out)
	}
	odd.Ref = ref("3")
	load(t, book, crm.Record{Order: &odd})
	if !strings.Contains(out.String(), `msg="import ended" records=1 rejected=0 warnings=1`) {
		t.Errorf("the log does not tell how the import ended:\n%s", &out)
	}
	if strings.Contains(out.String(), "ada") {
		t.Errorf("the log names the customer:\n%s", &out)
	}
}
