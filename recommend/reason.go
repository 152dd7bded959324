package recommend

import (
	"cmp"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// mostReasons is how many reasons a recommendation has, and how many products one
// names.
const mostReasons = 3

// leastShare is the part of what speaks for a product that is a reason at least.
const leastShare = .01

// blended returns the ranking that a blend makes of what is asked.
func (s *serving) blended(stage Stage, question model.Question) rung {
	return func() ranking { return s.blend(stage, question) }
}

func (s *serving) blend(stage Stage, question model.Question) ranking {
	st := s.state
	b := st.shop.Blends[question]
	score := s.room.score(len(st.of))
	answer := b.Ask(&s.query, score)
	s.answers = append(s.answers, answer)
	// What is never taken again is left to the rankings after this.
	ever := func(p int32) bool { return score[p] > model.Never/2 }
	return ranking{stage: stage, score: score, keep: ever, why: func(list []candidate) ([][]crm.Reason, []bool) {
		products := make([]int32, len(list))
		for i, c := range list {
			products[i] = c.model
		}
		reasons, own := make([][]crm.Reason, len(list)), make([]bool, len(list))
		for i, whys := range answer.Why(products) {
			reasons[i], own[i] = s.reasons(products[i], whys, st.usual[question])
		}
		return reasons, own
	}}
}

// A cause is a reason while it is put together: the products that it names have the
// numbers of the models.
type cause struct {
	crm.Reason
	of    [mostReasons]int32
	named int
}

// name names a product, once and as long as there is room.
func (c *cause) name(product int32) {
	if c.named < mostReasons && !slices.Contains(c.of[:c.named], product) {
		c.of[c.named] = product
		c.named++
	}
}

// reasons puts what speaks for a product into reasons. What popularity adds counts
// by how much it is more than usual: all products have that. own reports whether
// anything of the query speaks for it, and not only of the product.
func (s *serving) reasons(product int32, whys []model.Why, usual float32) (list []crm.Reason, own bool) {
	var total float64
	causes := s.room.causes[:0]
	add := func(w *model.Why) {
		total += float64(w.Score)
		r := s.cause(product, w)
		i := slices.IndexFunc(causes, func(o cause) bool { return o.Key == r.Key })
		if i < 0 {
			causes = append(causes, r)
			return
		}
		o := &causes[i]
		o.Share += r.Share
		o.Count = max(o.Count, r.Count)
		for _, p := range r.of[:r.named] {
			o.name(p)
		}
	}
	many := model.Why{Score: -usual}
	for i := range whys {
		if w := &whys[i]; popular(w.Model) {
			many.Score += w.Score
		} else if w.Score > 0 {
			add(w)
		}
	}
	if many.Score > 0 {
		add(&many)
	}
	s.room.causes = causes
	causes = slices.DeleteFunc(causes, func(r cause) bool { return r.Share < leastShare*total })
	if len(causes) == 0 {
		return []crm.Reason{s.popular(product)}, false
	}
	own = slices.ContainsFunc(causes, func(r cause) bool { return r.Key != crm.BecausePopular })
	slices.SortStableFunc(causes, func(a, b cause) int { return cmp.Compare(b.Share, a.Share) })
	list = make([]crm.Reason, min(len(causes), mostReasons))
	for i := range list {
		c := &causes[i]
		list[i] = c.Reason
		list[i].Share /= total
		list[i].Products = s.called(c.of[:c.named])
	}
	return list, own
}

// called returns the products that have numbers of the models; nil for none.
func (s *serving) called(numbers []int32) []crm.ProductID {
	if len(numbers) == 0 {
		return nil
	}
	if cap(s.names)-len(s.names) < len(numbers) {
		s.names = make([]crm.ProductID, 0, mostReasons*s.q.N)
	}
	from := len(s.names)
	for _, p := range numbers {
		s.names = append(s.names, crm.ProductID(s.state.log.Products[p]))
	}
	return slices.Clip(s.names[from:])
}

// cause puts what one model says for a product into a reason, whose share is not
// yet one of the whole.
func (s *serving) cause(product int32, w *model.Why) (r cause) {
	name := model.Names[w.Model]
	looking := looking(name)
	cart, first := false, true
	for i := range w.Parts {
		part := &w.Parts[i]
		if part.Score <= 0 {
			break
		}
		if part.Product == product && !part.Cart && !looking {
			r.Key = crm.BecauseBoughtBefore
			continue
		}
		if first { // what is in the cart is not what was bought: the stronger is told
			cart, first = part.Cart, false
		}
		if part.Cart == cart {
			r.name(part.Product)
		}
	}
	switch {
	case len(w.Parts) == 0 && popular(w.Model):
		r = cause{Reason: s.popular(product)}
	case r.Key == crm.BecauseBoughtBefore || name == "habit" || name == "own" || name == "lately" || name == "season":
		if r = (cause{Reason: s.boughtBefore(product)}); r.Count == 0 { // it speaks of products, and not of theirs
			r = cause{Reason: s.popular(product)}
		}
	case name == "neighbors":
		r.Key = crm.BecauseAlike
	case r.named == 0:
		r = cause{Reason: s.popular(product)}
	case name == "follow":
		r.Key = crm.BecauseNext
	case name == "content":
		r.Key = crm.BecauseSimilar
	case cart && !s.session:
		r.Key = crm.BecauseInCart
	case cart || looking || name == "sessions" || name == "paths" || name == "leads":
		r.Key = crm.BecauseViewed
	default:
		r.Key = crm.BecauseBought
	}
	r.Share = float64(w.Score)
	return r
}

// looking reports whether a model goes by what was done with the very products that
// it scores, short of buying them.
func looking(name string) bool { return name == "looked" || name == "wanted" || name == "tried" }

// boughtBefore is the reason that the customer bought the product.
func (s *serving) boughtBefore(product int32) crm.Reason {
	r := crm.Reason{Key: crm.BecauseBoughtBefore, Share: 1}
	last := -1 // in the order of time
	for k := range s.query.Past {
		if i := &s.query.Past[k]; i.Product == product && (last < 0 || i.Basket != s.query.Past[last].Basket) {
			last = k
			r.Count++
		}
	}
	if last >= 0 {
		r.At = date(s.query.Past[last].Day, s.r.opts.Location)
	}
	return r
}

// popular is the reason that many bought the product.
func (s *serving) popular(product int32) crm.Reason {
	r := crm.Reason{Key: crm.BecausePopular, Share: 1}
	if product >= 0 {
		r.Count = int(s.state.buyers[product])
	}
	return r
}

// date returns the beginning of a day by the shop's calendar.
func date(day int32, loc *time.Location) time.Time {
	y, m, d := time.Unix(int64(day)*86400, 0).UTC().Date()
	t := time.Date(y, m, d, 0, 0, 0, 0, loc)
	for t.Day() != d { // there is no midnight where clocks are put on at midnight
		t = t.Add(time.Hour)
	}
	return t
}

// told returns the list with its reasons.
func (s *serving) told() *List {
	list := &List{Stage: StageNone, Place: s.q.Place, At: s.q.At, Built: s.state.at, Items: make([]crm.Recommendation, len(s.list))}
	if s.who != nil {
		list.CustomerID = s.who.id
	}
	if len(s.list) > 0 {
		list.Stage = s.stage()
	}
	ids := s.ids(s.numbers())
	for i, c := range s.list {
		list.Items[i] = crm.Recommendation{ProductID: ids[i], Score: float64(c.score)}
		if c.pinned {
			list.Items[i].Reasons = []crm.Reason{{Key: crm.BecausePinned, Share: 1}}
		}
	}
	at, of := make([]int, 0, len(s.list)), make([]candidate, 0, len(s.list))
	for _, r := range s.rankings {
		at, of = at[:0], of[:0]
		for i, c := range s.list {
			if c.from == r {
				at, of = append(at, i), append(of, c)
			}
		}
		if len(of) == 0 {
			continue
		}
		reasons, own := r.why(of)
		for j, i := range at {
			list.Items[i].Reasons = reasons[j]
			if r.stage != list.Stage || !own[j] {
				list.Fallback++
			}
		}
	}
	s.boosted(list)
	s.variants(list)
	list.Lack = s.lack(list)
	return list
}

// lack returns what is missing for a better list.
func (s *serving) lack(list *List) Lack {
	fallen := !s.pinnedOnly() && (list.Stage == StagePopular || list.Stage == StageNew || list.Stage == StageNone) && list.Stage != s.wants
	personal := s.wants == StagePersonal || s.wants == StageSession
	switch {
	case s.who != nil && s.who.objected:
		return LackObjection
	case fallen && personal && len(s.query.Past)+len(s.query.Cart) == 0 && slices.Contains(s.state.sold, true):
		return LackHistory
	case len(list.Items) < s.q.N:
		return cmp.Or(s.short, LackProducts)
	case fallen && s.wants != StageNew:
		return LackOrders
	}
	return ""
}

// pinnedOnly reports whether there is nothing in the list but what was put there.
func (s *serving) pinnedOnly() bool {
	return len(s.list) > 0 && !slices.ContainsFunc(s.list, func(c candidate) bool { return !c.pinned })
}

// stage is the highest of the rankings that the list comes from.
func (s *serving) stage() Stage {
	for _, r := range s.rankings {
		for _, c := range s.list {
			if c.from == r {
				return r.stage
			}
		}
	}
	return StageProduct // pins alone
}

// boosted adds that the shop wants a product seen.
func (s *serving) boosted(list *List) {
	if len(s.sieves) == 0 {
		return
	}
	s.state.known.Read(func(*ledger.Ledger, *goods.Goods) {
		for i, c := range s.list {
			for k, in := range s.sieves {
				b := &s.q.Boosts[k]
				if (b.Times > 1 || b.Share > 0) && in(c.number) {
					list.Items[i].Reasons = append(list.Items[i].Reasons, crm.Reason{Key: crm.BecauseBoosted, Name: b.Name})
				}
			}
		}
	})
}

// variants names the variant of each product to offer: the cheapest that may be
// sold.
func (s *serving) variants(list *List) {
	for i, c := range s.list {
		if p := s.records[c.number]; p != nil {
			list.Items[i].SKU = offered(p, s.r.book.Convert, &s.q.Only)
		}
	}
}

// offered returns the SKU of the cheapest variant that may be sold, of those within
// the bounds of a filter.
func offered(p *crm.Product, convert func(crm.Money, time.Time) (crm.Money, bool), only *Filter) string {
	best, sku, known := crm.Money{}, "", false
	for _, v := range p.Variants {
		price, ok := convert(v.Price, p.UpdatedAt)
		if v.Price = price; !ok {
			v.Price = crm.Money{}
		}
		if !sellable(&v) || (!only.From.IsZero() || !only.To.IsZero()) && !only.priced(v) {
			continue
		}
		if ok = ok && !price.IsZero(); sku == "" || ok && (!known || price.Amount < best.Amount) {
			best, sku, known = price, v.SKU, ok
		}
	}
	return sku
}
