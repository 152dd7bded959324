package crm

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/seed-9cb3708a/clientele/store"
)

const tableInteractions = 10

var interactionTable = store.MustTable(store.Schema[Interaction]{
	Number: tableInteractions, Name: "crm.interactions",
	Fields: interactionFields,
	Key:    func(k store.Key, i *Interaction) store.Key { return k.String(string(i.ID)) },
	Indexes: []store.Index[Interaction]{
		{Number: 1, Name: "customer", Keys: func(k store.Key, i *Interaction, add func(store.Key)) {
			add(k.String(string(i.CustomerID)).Time(i.OccurredAt))
		}},
	},
	Subject:  func(i *Interaction) string { return string(i.CustomerID) },
	Personal: []store.Number{4, 14, 16},
	Owner:    "customer",
})

func interactionFields(c *store.Coder, i *Interaction) {
	currency := i.currency()
	store.String(c, 1, &i.ID)
	store.Message(c, 2, &i.Ref, refFields)
	store.String(c, 3, &i.CustomerID)
	store.String(c, 4, &i.Device)
	store.String(c, 5, &i.Kind)
	store.String(c, 6, &i.Channel)
	store.String(c, 7, &i.Direction)
	store.String(c, 8, &i.ProductID)
	store.String(c, 9, &i.SKU)
	store.String(c, 10, &i.OrderID)
	store.String(c, 11, &currency)
	amount(c, 12, &i.Value, currency)
	store.Int(c, 13, &i.Rating)
	store.String(c, 14, &i.Text)
	store.List(c, 15, &i.Items, func(c *store.Coder, it *InteractionItem) { interactionItemFields(c, it, currency) })
	store.Map(c, 16, &i.Properties, valueFields)
	store.Time(c, 17, &i.OccurredAt)
	store.Time(c, 18, &i.Version)
	store.Time(c, 19, &i.CreatedAt)
	store.Time(c, 20, &i.UpdatedAt)
}

func interactionItemFields(c *store.Coder, it *InteractionItem, currency Currency) {
	store.String(c, 1, &it.ProductID)
	store.String(c, 2, &it.SKU)
	store.String(c, 3, &it.Title)
	store.Int(c, 4, &it.Quantity)
	amount(c, 5, &it.Price, currency)
	amount(c, 6, &it.Discount, currency)
	store.String(c, 7, &it.Coupon)
	store.String(c, 8, &it.List)
	store.Int(c, 9, &it.Index)
	store.String(c, 10, &it.Promotion)
	store.String(c, 11, &it.Location)
	store.Map(c, 12, &it.Properties, valueFields)
}

// currency is the one that all amounts of i are in, "" when it has none.
func (i *Interaction) currency() Currency {
	c := i.Value.Currency
	for _, it := range i.Items {
		c = cmp.Or(c, it.Price.Currency, it.Discount.Currency)
	}
	return c
}

// The limits of an interaction.
const (
	maxProperties     = 50
	maxParameters     = 27 // of an item
	maxItems          = 200
	maxInteraction    = 64 << 10 // bytes of a record
	maxInteractionLag = 24 * time.Hour
)

// check lists what is wrong with an interaction, and with what it changes of
// old, which may be nil.
func (i *Interaction) check(now time.Time, old *Interaction) error {
	var f faults
	if i.ID != "" {
		f.id("id", string(i.ID))
	}
	if !i.Ref.IsZero() {
		f.ref("ref", i.Ref)
	}
	if i.CustomerID != "" {
		f.id("customer_id", string(i.CustomerID))
	} else if i.Device == "" {
		f.add("customer_id", "", "a customer, or the Device of a visitor")
	}
	f.text("device", i.Device, 255)
	f.word("kind", string(i.Kind))
	f.text("channel", string(i.Channel), 64)
	oneOf(&f, "direction", i.Direction, DirectionNone, Inbound, Outbound)
	if i.ProductID != "" {
		f.id("product_id", string(i.ProductID))
	}
	f.text("sku", i.SKU, 200)
	if i.OrderID != "" {
		f.id("order_id", string(i.OrderID))
	}
	currency := i.currency()
	f.priced("value", i.Value, currency)
	if i.Rating < 0 || i.Rating > 5 {
		f.add("rating", strconv.Itoa(i.Rating), "1 to 5, or 0 for none")
	}
	f.text("text", i.Text, 16<<10)
	f.occurred("occurred_at", i.OccurredAt, now)
	f.time("version", i.Version)
	f.values("properties", i.Properties, maxProperties)
	if len(i.Items) > maxItems {
		f.add("items", strconv.Itoa(len(i.Items)), fmt.Sprintf("at most %d", maxItems))
	}
	for n := range i.Items {
		f.in("items", n)
		f.interactionItem(&i.Items[n], currency)
	}
	f.in("", 0)
	switch i.Kind {
	case KindARSession:
		f.arSession(i)
	case KindDeviceReading:
		f.deviceReading(i)
	case KindRating:
		if i.Rating == 0 {
			f.add("rating", "0", "1 to 5")
		}
	case KindReview:
		if i.Rating == 0 && i.Text == "" {
			f.add("text", "", "a Rating or a Text")
		}
	}
	if old != nil {
		f.fixed(i, old)
	}
	if n := len(store.Encode(nil, i, interactionFields)); n > maxInteraction && f.list == nil {
		f.add("properties", strconv.Itoa(n)+" bytes", fmt.Sprintf("at most %d bytes in all", maxInteraction))
	}
	return f.err()
}

func (f *faults) interactionItem(it *InteractionItem, currency Currency) {
	if it.ProductID != "" {
		f.id("product_id", string(it.ProductID))
	}
	f.text("sku", it.SKU, 200)
	f.text("title", it.Title, 1000)
	f.priced("price", it.Price, currency)
	f.priced("discount", it.Discount, currency)
	f.text("coupon", it.Coupon, 255)
	f.text("list", it.List, 255)
	f.text("promotion", it.Promotion, 255)
	f.text("location", it.Location, 255)
	if it.Quantity < 0 {
		f.add("quantity", strconv.FormatInt(it.Quantity, 10), "0 or more")
	}
	if it.Index < 0 {
		f.add("index", strconv.FormatInt(it.Index, 10), "0 or more")
	}
	f.values("properties", it.Properties, maxParameters)
}

// priced refuses an amount that is not in the currency of the whole.
func (f *faults) priced(field string, m Money, c Currency) {
	switch {
	case m.IsZero():
	case !m.Currency.Valid():
		f.personal(cut(field, "currency"), string(m.Currency), "three capital letters of ISO 4217")
	default:
		f.money(field, m, c)
	}
}

// fixed refuses to change what an interaction is found by.
func (f *faults) fixed(i, old *Interaction) {
	for _, field := range []struct {
		name string
		same bool
	}{
		{"id", i.ID == old.ID},
		{"ref", i.Ref == old.Ref},
		{"customer_id", i.CustomerID == old.CustomerID},
		{"device", i.Device == old.Device || old.Device == "" && !isVisitor(old.CustomerID)},
		{"occurred_at", i.OccurredAt.Equal(old.OccurredAt)},
	} {
		if !field.same {
			f.add(field.name, "", "to stay as it was recorded")
		}
	}
}

// occurred refuses a time that interactions cannot have: their ids hold it.
func (f *faults) occurred(field string, t, now time.Time) {
	switch {
	case t.IsZero():
		f.add(field, "", "the time it happened")
	case t.Before(time.Unix(0, 0)):
		f.add(field, t.Format(time.RFC3339), "a time from 1970 on")
	case t.After(now.Add(maxInteractionLag)):
		f.add(field, t.Format(time.RFC3339), "a time that is not more than a day ahead")
	}
	f.time(field, t)
}

// word refuses what is not small letters, digits and _, a letter first. It may
// be anything that somebody typed.
func (f *faults) word(field, s string) {
	ok := s != "" && len(s) <= maxName && s[0] >= 'a' && s[0] <= 'z'
	for _, r := range []byte(s) {
		ok = ok && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_')
	}
	if !ok {
		f.personal(field, s, "1 to 64 small letters, digits and _, a letter first")
	}
}
