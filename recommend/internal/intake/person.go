package intake

import (
	"context"
	"errors"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A standing says who an id is, and what may be learned of them.
type standing struct {
	who   crm.CustomerID // the survivor, or a visitor whom nobody identified
	trust trust
}

type trust uint8

const (
	open   trust = iota
	closed       // they objected
	gone         // they were erased
)

// whose returns the standing of an id that is not "".
func whose(ctx context.Context, tx *crm.Tx, id crm.CustomerID) (standing, error) {
	s := standing{who: id}
	members, err := tx.Customers.Members(ctx, id)
	if err != nil {
		return s, err
	}
	if len(members) > 0 {
		s.who = members[0]
	}
	may, err := tx.Consents.MayProfile(ctx, s.who, time.Time{})
	switch {
	case errors.Is(err, crm.ErrErased):
		s.trust = gone
	case errors.Is(err, crm.ErrNotFound): // told of before they are
	case err != nil:
		return s, err
	case !may:
		s.trust = closed
	}
	return s, nil
}
