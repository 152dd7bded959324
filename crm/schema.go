package crm

import (
	"cmp"

	"github.com/seed-9cb3708a/clientele/store"
)

// The numbers of crm's tables, the first bytes of their keys. Numbers of
// tables, indexes and fields are never reused.
const (
	tableBook       = 1
	tableCustomers  = 2
	tableAggregates = 3
	tableProducts   = 4
	tableOrders     = 5
	tableRefunds    = 6
	tableListings   = 7
	tableLinks      = 8
)

// A setting is what the book itself keeps, one record a namespace.
type setting struct {
	Currency Currency `json:"currency"`
	Catalog  string   `json:"-"` // changes whenever a listing does
	Secret   []byte   `json:"-"` // signs tokens; never shown nor exported
	Filling  bool     `json:"-"` // by an import of a whole book that did not end
}

// A standing is the aggregates of one customer id.
type standing struct {
	CustomerID CustomerID `json:"customer_id"`
	Aggregates
}

var bookTable = store.MustTable(store.Schema[setting]{
	Number: tableBook, Name: "crm.book",
	Fields: settingFields,
	Key:    func(k store.Key, _ *setting) store.Key { return k },
})

var customerTable = store.MustTable(store.Schema[Customer]{
	Number: tableCustomers, Name: "crm.customers",
	Fields: customerFields,
	Key:    func(k store.Key, c *Customer) store.Key { return k.String(string(c.ID)) },
	Indexes: []store.Index[Customer]{
		{Number: 1, Name: "ref", Unique: true, Keys: func(k store.Key, c *Customer, add func(store.Key)) {
			for _, r := range c.Refs {
				add(refKey(k, r))
			}
		}},
		{Number: 2, Name: "email", Keys: func(k store.Key, c *Customer, add func(store.Key)) {
			if e := normalEmail(c.Email); e != "" {
				add(blindKey(k, e))
			}
		}},
		{Number: 3, Name: "phone", Keys: func(k store.Key, c *Customer, add func(store.Key)) {
			if p := normalPhone(c.Phone); p != "" {
				add(blindKey(k, p))
			}
		}},
		{Number: 4, Name: "mailbox", Keys: func(k store.Key, c *Customer, add func(store.Key)) {
			// Only where it is not as in the index email.
			if m := matchEmail(c.Email); m != "" && m != normalEmail(c.Email) {
				add(blindKey(k, m))
			}
		}},
		{Number: 5, Name: "line", Keys: func(k store.Key, c *Customer, add func(store.Key)) {
			if l := phoneLine(c.Phone); l != "" {
				add(blindKey(k, l))
			}
		}},
	},
	Subject:  func(c *Customer) string { return string(c.ID) },
	Personal: []store.Number{4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 20},
	Owner:    store.PrimaryKey,
	Keep:     true, // orders name it
})

var aggregatesTable = store.MustTable(store.Schema[standing]{
	Number: tableAggregates, Name: "crm.aggregates",
	Fields:  standingFields,
	Key:     func(k store.Key, s *standing) store.Key { return k.String(string(s.CustomerID)) },
	Subject: func(s *standing) string { return string(s.CustomerID) },
	Owner:   store.PrimaryKey,
	Keep:    true,
})

var productTable = store.MustTable(store.Schema[Product]{
	Number: tableProducts, Name: "crm.products",
	Fields: productFields,
	Key:    func(k store.Key, p *Product) store.Key { return k.String(string(p.ID)) },
	Indexes: []store.Index[Product]{
		{Number: 1, Name: "ref", Unique: true, Keys: func(k store.Key, p *Product, add func(store.Key)) {
			if !p.Ref.IsZero() {
				add(refKey(k, p.Ref))
			}
		}},
		{Number: 2, Name: "sku", Keys: func(k store.Key, p *Product, add func(store.Key)) {
			for _, v := range p.Variants {
				if v.SKU != "" {
					add(k.String(v.SKU))
				}
			}
		}},
		{Number: 3, Name: "barcode", Keys: func(k store.Key, p *Product, add func(store.Key)) {
			for _, v := range p.Variants {
				if v.Barcode != "" {
					add(k.String(v.Barcode))
				}
			}
		}},
	},
})

var listingTable = store.MustTable(store.Schema[listing]{
	Number: tableListings, Name: "crm.listings",
	Fields: listingFields,
	Key:    func(k store.Key, l *listing) store.Key { return k.String(l.SKU) },
})

var orderTable = store.MustTable(store.Schema[Order]{
	Number: tableOrders, Name: "crm.orders",
	Fields: orderFields,
	Key:    func(k store.Key, o *Order) store.Key { return k.String(string(o.ID)) },
	Indexes: []store.Index[Order]{
		{Number: 1, Name: "ref", Unique: true, Keys: func(k store.Key, o *Order, add func(store.Key)) {
			if !o.Ref.IsZero() {
				add(refKey(k, o.Ref))
			}
		}},
		{Number: 2, Name: "customer", Keys: func(k store.Key, o *Order, add func(store.Key)) {
			if o.CustomerID != "" {
				add(k.String(string(o.CustomerID)).Time(o.OccurredAt))
			}
		}},
		{Number: 3, Name: "time", Keys: func(k store.Key, o *Order, add func(store.Key)) {
			add(k.Time(o.OccurredAt))
		}},
		{Number: 4, Name: "stray", Keys: strayKeys},
	},
	Subject:  func(o *Order) string { return string(o.CustomerID) },
	Personal: []store.Number{7, 8, 25, 26, 27, 28, 29},
	Owner:    "customer",
	Keep:     true,
})

var refundTable = store.MustTable(store.Schema[Refund]{
	Number: tableRefunds, Name: "crm.refunds",
	Fields: refundFields,
	Key:    func(k store.Key, r *Refund) store.Key { return k.String(string(r.ID)) },
	Indexes: []store.Index[Refund]{
		{Number: 1, Name: "ref", Unique: true, Keys: func(k store.Key, r *Refund, add func(store.Key)) {
			if !r.Ref.IsZero() {
				add(refKey(k, r.Ref))
			}
		}},
		{Number: 2, Name: "customer", Keys: func(k store.Key, r *Refund, add func(store.Key)) {
			if r.CustomerID != "" {
				add(k.String(string(r.CustomerID)).Time(r.OccurredAt))
			}
		}},
		{Number: 3, Name: "order", Keys: func(k store.Key, r *Refund, add func(store.Key)) {
			for _, id := range r.orders() {
				add(k.String(string(id)))
			}
		}},
		{Number: 4, Name: "time", Keys: func(k store.Key, r *Refund, add func(store.Key)) {
			add(k.Time(r.OccurredAt))
		}},
	},
	Subject:  func(r *Refund) string { return string(r.CustomerID) },
	Personal: []store.Number{11},
	Owner:    "customer",
	Keep:     true,
})

func refKey(k store.Key, r Ref) store.Key { return k.String(r.Source).String(r.ID) }

func settingFields(c *store.Coder, s *setting) {
	store.String(c, 1, &s.Currency)
	store.String(c, 2, &s.Catalog)
	store.Bytes(c, 3, &s.Secret)
	store.Bool(c, 4, &s.Filling)
}

func refFields(c *store.Coder, r *Ref) {
	store.String(c, 1, &r.Source)
	store.String(c, 2, &r.ID)
}

func customerFields(c *store.Coder, v *Customer) {
	store.String(c, 1, &v.ID)
	store.List(c, 2, &v.Refs, refFields)
	store.Bool(c, 3, &v.Account)
	store.String(c, 4, &v.GivenName)
	store.String(c, 5, &v.FamilyName)
	store.String(c, 6, &v.Company)
	store.String(c, 7, &v.Email)
	store.String(c, 8, &v.Phone)
	store.String(c, 9, &v.Locale)
	store.String(c, 10, &v.TimeZone)
	store.String(c, 11, &v.Birthday)
	store.List(c, 12, &v.Addresses, addressFields)
	store.Strings(c, 13, &v.Tags)
	store.String(c, 14, &v.Note)
	store.Time(c, 15, &v.FirstSeenAt)
	store.Time(c, 16, &v.Version)
	store.Time(c, 17, &v.CreatedAt)
	store.Time(c, 18, &v.UpdatedAt)
	store.Time(c, 19, &v.ErasedAt)
	store.Map(c, 20, &v.Attributes, valueFields)
}

func addressFields(c *store.Coder, a *Address) {
	store.String(c, 1, &a.Name)
	store.String(c, 2, &a.Company)
	store.String(c, 3, &a.Line1)
	store.String(c, 4, &a.Line2)
	store.String(c, 5, &a.City)
	store.String(c, 6, &a.Region)
	store.String(c, 7, &a.Postcode)
	store.String(c, 8, &a.Country)
	store.String(c, 9, &a.Phone)
}

// moneyFields writes an amount with its currency.
func moneyFields(c *store.Coder, m *Money) {
	store.Int(c, 1, &m.Amount)
	store.String(c, 2, &m.Currency)
}

// amount writes an amount of a record that is in one currency.
func amount(c *store.Coder, num store.Number, m *Money, currency Currency) {
	set := !m.IsZero()
	store.Optional(c, num, &m.Amount, &set)
	if set && c.Decoding() {
		m.Currency = currency
	}
}

func rateFields(c *store.Coder, r *Rate) {
	store.Int(c, 1, &r.Num)
	store.Int(c, 2, &r.Den)
}

func standingFields(c *store.Coder, s *standing) {
	store.String(c, 1, &s.CustomerID)
	store.Int(c, 2, &s.Orders)
	store.Int(c, 3, &s.Units)
	store.Int(c, 4, &s.Canceled)
	store.Int(c, 5, &s.Refunds)
	store.Int(c, 6, &s.Unconverted)
	store.Time(c, 7, &s.FirstOrderAt)
	store.Time(c, 8, &s.LastOrderAt)
	store.Message(c, 9, &s.Base, totalsFields)
	store.List(c, 10, &s.ByCurrency, totalsFields)
}

func totalsFields(c *store.Coder, t *Totals) {
	currency := cmp.Or(t.Spent.Currency, t.Refunded.Currency, t.Margin.Currency)
	store.String(c, 1, &currency)
	amount(c, 2, &t.Spent, currency)
	amount(c, 3, &t.Refunded, currency)
	amount(c, 4, &t.Margin, currency)
}

func productFields(c *store.Coder, p *Product) {
	store.String(c, 1, &p.ID)
	store.Message(c, 2, &p.Ref, refFields)
	store.String(c, 3, &p.Title)
	store.String(c, 4, &p.Description)
	store.String(c, 5, &p.Brand)
	store.Strings(c, 6, &p.Categories)
	store.Strings(c, 7, &p.Tags)
	store.Bool(c, 8, &p.Published)
	store.String(c, 9, &p.URL)
	store.String(c, 10, &p.ImageURL)
	store.List(c, 11, &p.Variants, variantFields)
	store.List(c, 12, &p.Relations, relationFields)
	store.Time(c, 13, &p.PublishedAt)
	store.Time(c, 14, &p.Version)
	store.Time(c, 15, &p.CreatedAt)
	store.Time(c, 16, &p.UpdatedAt)
}

func listingFields(c *store.Coder, l *listing) {
	store.String(c, 1, &l.SKU)
	store.String(c, 2, &l.ProductID)
	store.Message(c, 3, &l.UnitCost, moneyFields)
}

func variantFields(c *store.Coder, v *Variant) {
	store.String(c, 1, &v.SKU)
	store.String(c, 2, &v.Barcode)
	store.String(c, 3, &v.Title)
	store.List(c, 4, &v.Options, optionFields)
	store.Message(c, 5, &v.Price, moneyFields)
	store.Message(c, 6, &v.CompareAt, moneyFields)
	store.Message(c, 7, &v.UnitCost, moneyFields)
	store.Bool(c, 8, &v.Tracked)
	store.Int(c, 9, &v.Stock)
}

func optionFields(c *store.Coder, o *Option) {
	store.String(c, 1, &o.Name)
	store.String(c, 2, &o.Value)
}

func relationFields(c *store.Coder, r *Relation) {
	store.String(c, 1, &r.Kind)
	store.String(c, 2, &r.SKU)
	store.Message(c, 3, &r.Ref, refFields)
}

func orderFields(c *store.Coder, o *Order) {
	store.String(c, 1, &o.ID)
	store.Message(c, 2, &o.Ref, refFields)
	store.String(c, 3, &o.Currency)
	store.String(c, 4, &o.Number)
	store.String(c, 5, &o.Kind)
	store.String(c, 6, &o.CustomerID)
	store.String(c, 7, &o.Email)
	store.String(c, 8, &o.Phone)
	store.String(c, 9, &o.Channel)
	store.String(c, 10, &o.State)
	store.List(c, 11, &o.States, stateFields)
	store.Message(c, 12, &o.Rate, rateFields)
	store.List(c, 13, &o.Items, func(c *store.Coder, it *Item) { itemFields(c, it, o.Currency) })
	amount(c, 14, &o.Discount, o.Currency)
	amount(c, 15, &o.Shipping, o.Currency)
	amount(c, 16, &o.Tax, o.Currency)
	store.Bool(c, 17, &o.TaxIncluded)
	amount(c, 18, &o.Adjustment, o.Currency)
	amount(c, 19, &o.Total, o.Currency)
	store.Message(c, 20, &o.BaseTotal, moneyFields)
	store.Strings(c, 21, &o.Coupons)
	store.Message(c, 25, &o.Billing, addressFields)
	store.Message(c, 26, &o.Delivery, addressFields)
	store.List(c, 27, &o.Shipments, shipmentFields)
	store.Strings(c, 28, &o.Tags)
	store.String(c, 29, &o.Note)
	store.Time(c, 30, &o.OccurredAt)
	store.Time(c, 31, &o.Version)
	store.Time(c, 32, &o.CreatedAt)
	store.Time(c, 33, &o.UpdatedAt)
}

func stateFields(c *store.Coder, s *StateChange) {
	store.String(c, 1, &s.State)
	store.Time(c, 2, &s.At)
}

func itemFields(c *store.Coder, it *Item, currency Currency) {
	store.String(c, 1, &it.Kind)
	store.String(c, 2, &it.ProductID)
	store.String(c, 3, &it.SKU)
	store.String(c, 4, &it.Title)
	store.Int(c, 5, &it.Quantity)
	amount(c, 6, &it.Price, currency)
	amount(c, 7, &it.Discount, currency)
	amount(c, 8, &it.Tax, currency)
	amount(c, 9, &it.Total, currency)
	store.Message(c, 10, &it.UnitCost, moneyFields)
}

func shipmentFields(c *store.Coder, s *Shipment) {
	store.String(c, 1, &s.Ref)
	store.String(c, 2, &s.Carrier)
	store.String(c, 3, &s.Tracking)
	store.Time(c, 4, &s.ShippedAt)
	store.Time(c, 5, &s.PromisedAt)
	store.Time(c, 6, &s.DeliveredAt)
}

func refundFields(c *store.Coder, r *Refund) {
	store.String(c, 1, &r.ID)
	store.Message(c, 2, &r.Ref, refFields)
	store.String(c, 3, &r.Currency)
	store.String(c, 4, &r.OrderID)
	store.String(c, 5, &r.CustomerID)
	store.Message(c, 6, &r.Rate, rateFields)
	store.List(c, 7, &r.Lines, func(c *store.Coder, l *RefundLine) { refundLineFields(c, l, r.Currency) })
	amount(c, 8, &r.Amount, r.Currency)
	store.Message(c, 9, &r.BaseAmount, moneyFields)
	store.String(c, 11, &r.Reason)
	store.Time(c, 12, &r.OccurredAt)
	store.Time(c, 13, &r.Version)
	store.Time(c, 14, &r.CreatedAt)
	store.Time(c, 15, &r.UpdatedAt)
}

func refundLineFields(c *store.Coder, l *RefundLine, currency Currency) {
	store.String(c, 1, &l.Kind)
	store.String(c, 2, &l.OrderID)
	store.String(c, 3, &l.ProductID)
	store.String(c, 4, &l.SKU)
	store.String(c, 5, &l.Title)
	store.Int(c, 6, &l.Quantity)
	amount(c, 7, &l.Amount, currency)
}
