package recommend

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// An Affinity is something that a customer leans to: that they take more often than
// customers of the shop do, and not by chance.
type Affinity struct {
	// Of is what kind of thing: "category", "brand", "price" (the names are low,
	// middle and high, of products of the same category), "size" or "channel".
	Of   string `json:"of"`
	Name string `json:"name"`
	// Stated says that the customer said so themselves, which is not worked out.
	Stated bool `json:"stated,omitzero"`
	// Share is the part of what they bought, and Usual what it is in the shop:
	// of a size, what it were if they took any that there is.
	Share float64 `json:"share,omitzero"`
	Usual float64 `json:"usual,omitzero"`
	// Reason is what it comes from: Products, Count times bought, and At the last
	// time; none of what is stated.
	Reason crm.Reason `json:"reason,omitzero"`
}

// The kinds of affinities, in their order, and the plurals under which customers
// may state them.
var (
	leanings = []string{"category", "brand", "price", "size", "channel"}
	plurals  = map[string]string{"categories": "category", "brands": "brand", "sizes": "size", "channels": "channel"}
)

// Affinities returns what a customer leans to, by kind, the strongest first: of
// categories and brands what they buy so much more of than others that it is hardly
// by chance, however many there are to choose from. What the customer stated about
// a kind ([crm.Traits.State], such as "brand" or "size") wins: nothing else is said
// of it. It is nil when there is nothing, as of whoever objected to profiling, or is
// a stranger. The last 200 orders tell of channels, and of sizes what was not given
// back of these.
//
// Categories, brands and prices are traits of the room "affinity" too, such as
// affinity.brand, as models were made and the feed was read last.
//
// It returns the errors of [Recommender.ForCustomer].
func (r *Recommender) Affinities(ctx context.Context, id crm.CustomerID) ([]Affinity, error) {
	st, err := r.fresh(ctx)
	if err != nil {
		return nil, wrap("Affinities", id, err)
	}
	var list []Affinity
	err = r.view(ctx, func(ctx context.Context, tx *crm.Tx) error {
		who, err := r.person(ctx, tx, st, id, &Query{At: r.now()})
		if list = nil; err != nil || who == nil || who.objected {
			return err
		}
		list = r.leans(st, who.bought)
		if tx == nil {
			return nil
		}
		more, err := choices(ctx, tx, who.id, who.bought)
		if err != nil {
			return err
		}
		list, err = stated(ctx, tx, who.id, append(list, more...))
		return err
	})
	return list, wrap("Affinities", id, err)
}

// A tally of one name among those of its kind, of one customer.
type lean struct {
	times    int
	baskets  map[string]bool
	products []crm.ProductID
	last     time.Time
	usual    float64
}

// A tilt gathers what a customer took of one kind of thing.
type tilt struct {
	kind  string
	names map[string]*lean
	total int // of which the kind is known
	many  int // names that there are to choose from
}

func newTilt(kind string, many int) *tilt { return &tilt{kind, map[string]*lean{}, 0, many} }

// take counts something of a name.
func (t *tilt) take(name, basket string, product crm.ProductID, at time.Time, usual float64) {
	l := t.names[name]
	if l == nil {
		l = &lean{baskets: map[string]bool{}}
		t.names[name] = l
	}
	l.times++
	l.usual += usual
	l.baskets[basket] = true
	if product != "" && !slices.Contains(l.products, product) && len(l.products) < mostReasons {
		l.products = append(l.products, product)
	}
	if at.After(l.last) {
		l.last = at
	}
}

// How sure an affinity is: the chance at which one of all the names would come up
// for a customer of no leaning, how many times as often as usual it is taken, and in
// how many orders.
const (
	chanceLean   = .05
	leastLean    = 1.25
	leastBaskets = 2
)

// sure returns what is hardly by chance, the strongest first.
func (t *tilt) sure() []Affinity {
	var list []Affinity
	for name, l := range t.names {
		share, usual := float64(l.times)/float64(t.total), l.usual/float64(l.times)
		if usual <= 0 { // nobody is known to have taken it: how usual it is cannot be told yet
			continue
		}
		if len(l.baskets) < leastBaskets || share < leastLean*usual || tail(t.total, l.times, usual)*float64(max(1, t.many)) > chanceLean {
			continue
		}
		list = append(list, Affinity{Of: t.kind, Name: name, Share: share, Usual: usual, Reason: crm.Reason{
			Key: crm.BecauseBought, Products: l.products, Count: l.times, At: l.last, Name: name, Share: share,
		}})
	}
	slices.SortFunc(list, func(a, b Affinity) int {
		return cmp.Or(cmp.Compare(b.Share-b.Usual, a.Share-a.Usual), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// tail returns how likely at least k of n are of something of which a share p is.
func tail(n, k int, p float64) float64 {
	if p >= 1 {
		return 1
	}
	logGamma := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	var sum float64
	for i := k; i <= n; i++ {
		v := math.Exp(logGamma(n) - logGamma(i) - logGamma(n-i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
		if sum += v; v < sum*1e-9 {
			break
		}
	}
	return min(1, sum)
}

// leans returns to what a customer leans by what they bought: each product of an
// order counts once.
func (r *Recommender) leans(st *state, bought []ledger.Basket) []Affinity {
	category, brand, price := newTilt("category", 0), newTilt("brand", 0), newTilt("price", len(bands))
	st.known.Read(func(_ *ledger.Ledger, g *goods.Goods) {
		usual := r.usually(st, g)
		category.many, brand.many = len(usual.category), len(usual.brand)
		for _, b := range slices.Backward(bought) {
			at := time.Unix(b.Time, 0).UTC()
			for _, line := range b.Lines {
				id := crm.ProductID(line.Product)
				n, ok := g.Number(id)
				if !ok || line.Quantity <= 0 {
					continue
				}
				p := st.model(n)
				for i, c := range g.Categories(n) { // it is in each of them
					if i == 0 {
						category.total++
					}
					category.take(g.CategoryName(c), b.ID, id, at, usual.category[c])
				}
				if k := g.Brand(n); k != goods.None {
					brand.total++
					brand.take(g.BrandName(k), b.ID, id, at, usual.brand[k])
				}
				if p >= 0 && usual.band[p] >= 0 {
					price.total++
					price.take(bands[usual.band[p]], b.ID, id, at, usual.bands[usual.band[p]])
				}
			}
		}
	})
	return slices.Concat(category.sure(), brand.sure(), price.sure())
}

// mostOrders is how many of a customer's orders tell of sizes and channels, and
// usualOrders how many of the shop's how usual a channel is.
const (
	mostOrders  = 200
	usualOrders = 2000
)

// choices returns which sizes and channels a customer leans to, by their orders: of
// sizes by what they bought for themselves and kept, as what does not fit comes back.
func choices(ctx context.Context, tx *crm.Tx, id crm.CustomerID, bought []ledger.Basket) ([]Affinity, error) {
	returned, err := givenBack(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	own := map[crm.OrderID]bool{}
	for _, b := range bought {
		own[crm.OrderID(strings.TrimPrefix(b.ID, "order "))] = true // as the ledger calls those that could be refunds
	}
	size, channel := newTilt("size", 1), newTilt("channel", 0)
	products := map[crm.ProductID]*crm.Product{}
	n := 0
	for o, err := range tx.Orders.List(ctx, crm.OrderQuery{CustomerID: id, Newest: true}) {
		if err != nil {
			return nil, err
		}
		if n++; n > mostOrders {
			break
		}
		if !placed(o) {
			continue
		}
		if o.Channel != "" {
			channel.total++
			channel.take(string(o.Channel), string(o.ID), "", o.OccurredAt, 0)
		}
		for _, item := range o.Items {
			if back := returned[unit{o.ID, item.SKU}]; !own[o.ID] || item.Quantity <= back {
				returned[unit{o.ID, item.SKU}] = back - max(0, item.Quantity)
				continue
			}
			p, ok := products[item.ProductID]
			if !ok && item.ProductID != "" && item.SKU != "" {
				if p, err = tx.Products.Get(ctx, item.ProductID); err != nil && !errors.Is(err, crm.ErrNotFound) {
					return nil, err
				}
				products[item.ProductID] = p
			}
			if name, of := sizeOf(p, item.SKU); of > 1 {
				size.total++
				size.many = max(size.many, of)
				size.take(name, string(o.ID), item.ProductID, o.OccurredAt, 1/float64(of))
			}
		}
	}
	if len(channel.names) > 0 {
		usual, err := usualChannels(ctx, tx)
		if err != nil {
			return nil, err
		}
		channel.many = len(usual)
		for name, l := range channel.names {
			l.usual = usual[name] * float64(l.times)
		}
	}
	return slices.Concat(size.sure(), channel.sure()), nil
}

// A unit is what an order has of a variant.
type unit struct {
	order crm.OrderID
	sku   string
}

// givenBack returns how many of what they bought a customer gave back.
func givenBack(ctx context.Context, tx *crm.Tx, id crm.CustomerID) (map[unit]int64, error) {
	back := map[unit]int64{}
	for f, err := range tx.Refunds.List(ctx, crm.RefundQuery{CustomerID: id}) {
		if err != nil {
			return nil, err
		}
		for _, l := range f.Lines {
			back[unit{cmp.Or(l.OrderID, f.OrderID), l.SKU}] += l.Quantity
		}
	}
	return back, nil
}

// placed reports whether an order is a sale, and stands.
func placed(o *crm.Order) bool {
	return o.Kind == crm.KindSale && o.State != crm.StateCanceled && o.State != crm.StateExpired && o.State != crm.StateDraft
}

// sizeOf returns the size of a variant, and how many sizes the product has; 0 when it
// has none.
func sizeOf(p *crm.Product, sku string) (name string, of int) {
	if p == nil {
		return "", 0
	}
	sizes := map[string]bool{}
	for _, v := range p.Variants {
		for _, o := range v.Options {
			if o.Value != "" && isSize(o.Name) {
				sizes[o.Value] = true
				if v.SKU == sku {
					name = o.Value
				}
			}
		}
	}
	if name == "" {
		return "", 0
	}
	return name, len(sizes)
}

// isSize reports whether an option of a variant is a size: "Shoe size (EU)" and
// "Schuhgröße" are, too.
func isSize(option string) bool {
	words := strings.FieldsFunc(strings.ToLower(option), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(words, func(word string) bool {
		return slices.ContainsFunc(sizeNames, func(name string) bool { return strings.HasSuffix(word, name) })
	})
}

// sizeNames are what shops call a size.
var sizeNames = []string{"size", "größe", "groesse", "taille", "talla", "taglia", "maat", "tamanho", "rozmiar"}

// usualChannels returns the share of each channel among the orders of late.
func usualChannels(ctx context.Context, tx *crm.Tx) (map[string]float64, error) {
	share := map[string]float64{}
	n, total := 0, 0.0
	for o, err := range tx.Orders.List(ctx, crm.OrderQuery{Newest: true}) {
		if err != nil {
			return nil, err
		}
		if n++; n > usualOrders {
			break
		}
		if placed(o) && o.Channel != "" {
			share[string(o.Channel)]++
			total++
		}
	}
	for name := range share {
		share[name] /= total
	}
	return share, nil
}

// stated returns affinities with those that the customer stated in place of all
// others of their kind.
func stated(ctx context.Context, tx *crm.Tx, id crm.CustomerID, list []Affinity) ([]Affinity, error) {
	traits, err := tx.Traits.Recorded(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, t := range traits {
		kind := cmp.Or(plurals[t.Name], t.Name)
		if t.Room != crm.Stated || !slices.Contains(leanings, kind) || t.Value.IsZero() {
			continue
		}
		list = slices.DeleteFunc(list, func(a Affinity) bool { return a.Of == kind && !a.Stated })
		words := t.Value.Words()
		if words == nil {
			words = []string{t.Value.String()}
		}
		for _, w := range words {
			list = append(list, Affinity{Of: kind, Name: w, Stated: true})
		}
	}
	slices.SortStableFunc(list, func(a, b Affinity) int {
		return cmp.Compare(slices.Index(leanings, a.Of), slices.Index(leanings, b.Of))
	})
	return list, nil
}
