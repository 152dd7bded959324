package recommend

import (
	"context"
	"errors"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/recommend/internal/goods"
	"github.com/seed-9cb3708a/clientele/recommend/internal/intake"
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
)

// A person is what a list may go by of whom it is for.
type person struct {
	id       crm.CustomerID
	objected bool // treated like somebody unknown, but for what the law forbids to sell them
	age      int  // -1: not known
	country  string
	bought   []ledger.Basket // in the order of time
	seen     []ledger.Basket // looked at, tried on, put into a cart and left there
	disliked []ledger.Basket // rated badly
	shown    map[crm.ProductID]bool
}

// person reads whom a list is for: nobody for "". A visitor whom nobody identified
// is one too.
func (r *Recommender) person(ctx context.Context, tx *crm.Tx, s *state, id crm.CustomerID, q *Query) (p *person, err error) {
	if id == "" {
		return nil, nil
	}
	p = &person{id: id, age: -1}
	if tx != nil {
		if err := p.read(ctx, tx, r.now(), q, r.opts.Location); err != nil {
			return nil, err
		}
	}
	if p.objected {
		return p, nil
	}
	s.known.Read(func(l *ledger.Ledger, _ *goods.Goods) {
		for _, b := range l.Baskets(string(p.id)) {
			switch b.Kind {
			case ledger.Bought:
				p.bought = append(p.bought, b)
			case ledger.Disliked:
				p.disliked = append(p.disliked, b)
			default:
				p.seen = append(p.seen, b)
			}
		}
	})
	if r.tx != nil && tx != nil {
		p.bought, err = intake.Bought(ctx, tx, p.id, r.opts.Location)
	}
	return p, err
}

// read reads the record of the person, and whether it may be used: not when they
// object now, whatever was at the time of the query.
func (p *person) read(ctx context.Context, tx *crm.Tx, now time.Time, q *Query, loc *time.Location) error {
	c, err := tx.Customers.Get(ctx, p.id)
	switch {
	case errors.Is(err, crm.ErrNotFound): // perhaps a visitor: whoever they are, nothing is known of them
	case err != nil:
		return err
	case !c.ErasedAt.IsZero():
		return crm.ErrErased
	default:
		p.id = c.ID
		if age, ok := c.Age(q.At.In(loc)); ok {
			p.age = age
		}
		p.country = countryOf(c)
	}
	if now.Before(q.At) {
		now = q.At
	}
	may, err := tx.Consents.MayProfile(ctx, p.id, now) // ErrNotFound for nobody at all
	if err != nil {
		return err
	}
	if p.objected = !may; p.objected || q.Fresh == 0 {
		return nil
	}
	return p.exposures(ctx, tx, q)
}

// exposures reads what was shown to the person of late and they did not choose.
func (p *person) exposures(ctx context.Context, tx *crm.Tx, q *Query) error {
	p.shown = map[crm.ProductID]bool{}
	chosen := map[crm.ProductID]bool{}
	for i, err := range tx.Interactions.List(ctx, crm.InteractionQuery{
		CustomerID: p.id, Kinds: []crm.InteractionKind{crm.KindViewItemList, crm.KindSelectItem, crm.KindAddToCart},
		From: q.At.Add(-time.Duration(q.Fresh) * 24 * time.Hour), To: q.At.Add(time.Millisecond),
	}) {
		if err != nil {
			return err
		}
		into := p.shown
		if i.Kind != crm.KindViewItemList {
			into = chosen
		}
		if i.ProductID != "" {
			into[i.ProductID] = true
		}
		for _, item := range i.Items {
			into[item.ProductID] = true
		}
	}
	for id := range chosen {
		delete(p.shown, id)
	}
	return nil
}
