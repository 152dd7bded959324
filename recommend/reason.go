package recommend

import (
	"cmp"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// mostReasons is how many reasons a recommendation has, and how many products one
// names.
const mostReasons = 3

// blended returns the ranking that a blend makes of what is asked.
func (s *serving) blended(stage Stage, question model.Question) rung {
	return func() ranking { return s.blend(stage, question) }
}

func (s *serving) blend(stage Stage, question model.Question) ranking {
	st := s.state
	b := st.shop.Blends[question]
	score := make([]float32, len(st.log.Products))
	answer := b.Ask(&s.query, score)
	s.answers = append(s.answers, answer)
	return ranking{stage: stage, score: score, why: func(list []candidate) ([][]crm.Reason, []bool) {
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

// reasons puts what speaks for a product into reasons. What popularity adds counts
// by how much it is more than usual: all products have that. own reports whether
// anything of the query speaks for it, and not only of the product.
func (s *serving) reasons(product int32, whys []model.Why, usual float32) (list []crm.Reason, own bool) {
	var total float64
	many := model.Why{Score: -usual}
	whys = slices.DeleteFunc(whys, func(w model.Why) bool {
		if popular(w.Model) {
			many.Score += w.Score
		}
		return popular(w.Model) || w.Score <= 0
	})
	if many.Score > 0 {
		whys = append(whys, many)
	}
	for _, w := range whys {
		total += float64(w.Score)
		r := s.reason(product, w)
		own = own || r.Key != crm.BecausePopular
		if i := slices.IndexFunc(list, func(o crm.Reason) bool { return o.Key == r.Key }); i >= 0 {
			list[i].Share += r.Share
			list[i].Count = max(list[i].Count, r.Count)
			for _, id := range r.Products {
				if !slices.Contains(list[i].Products, id) && len(list[i].Products) < mostReasons {
					list[i].Products = append(list[i].Products, id)
				}
			}
			continue
		}
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b crm.Reason) int { return cmp.Compare(b.Share, a.Share) })
	list = list[:min(len(list), mostReasons)]
	if len(list) == 0 {
		return []crm.Reason{s.popular(product)}, false
	}
	for i := range list {
		list[i].Share /= total
	}
	return list, own
}

// reason puts what one model says for a product into a reason, whose share is not
// yet one of the whole.
func (s *serving) reason(product int32, w model.Why) crm.Reason {
	r := crm.Reason{Share: float64(w.Score)}
	name := model.Names[w.Model]
	cart := false
	var both []model.Part
	for _, part := range w.Parts {
		if part.Score <= 0 {
			break
		}
		if part.Product == product && !part.Cart && !looking(name) {
			r.Key = cmp.Or(r.Key, crm.BecauseBoughtBefore)
			continue
		}
		if len(both) == 0 {
			cart = part.Cart
		}
		both = append(both, part)
	}
	for _, part := range both { // what is in the cart is not what was bought: the stronger is told
		if part.Cart != cart || len(r.Products) == mostReasons {
			continue
		}
		if id := crm.ProductID(s.state.log.Products[part.Product]); !slices.Contains(r.Products, id) {
			r.Products = append(r.Products, id)
		}
	}
	switch {
	case len(w.Parts) == 0 && popular(w.Model):
		r = s.popular(product)
		r.Share = float64(w.Score)
	case r.Key == crm.BecauseBoughtBefore || name == "habit" || name == "own" || name == "lately" || name == "season":
		if r = s.boughtBefore(product); r.Count == 0 { // it speaks of products, and not of theirs
			r = s.popular(product)
		}
		r.Share = float64(w.Score)
	case name == "neighbors":
		r.Key = crm.BecauseAlike
	case len(r.Products) == 0:
		r = s.popular(product)
		r.Share = float64(w.Score)
	case looking(name) || name == "sessions" || name == "paths" || name == "leads":
		r.Key = crm.BecauseViewed
	case name == "follow":
		r.Key = crm.BecauseNext
	case name == "content":
		r.Key = crm.BecauseSimilar
	case name == "together":
		r.Key = crm.BecauseTogether
	case cart && s.session:
		r.Key = crm.BecauseViewed
	case cart:
		r.Key = crm.BecauseInCart
	default:
		r.Key = crm.BecauseBought
	}
	return r
}

// looking reports whether a model goes by what was done with the very products that
// it scores, short of buying them.
func looking(name string) bool { return name == "looked" || name == "wanted" || name == "tried" }

// boughtBefore is the reason that the customer bought the product.
func (s *serving) boughtBefore(product int32) crm.Reason {
	r := crm.Reason{Key: crm.BecauseBoughtBefore}
	last := int32(-1)
	for _, i := range s.query.Past {
		if i.Product == product && i.Basket != last {
			last = i.Basket
			r.Count++
			r.At = date(i.Day, s.r.opts.Location)
		}
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
	for _, r := range s.rankings {
		var at []int
		var of []candidate
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
	for i, c := range s.list {
		for k, in := range s.sieves {
			b := &s.q.Boosts[k]
			if (b.Times > 1 || b.Share > 0) && in(c.number) {
				list.Items[i].Reasons = append(list.Items[i].Reasons, crm.Reason{Key: crm.BecauseBoosted, Name: b.Name})
			}
		}
	}
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
