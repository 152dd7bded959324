package recommend

import (
	"github.com/seed-9cb3708a/clientele/recommend/internal/ledger"
	"github.com/seed-9cb3708a/clientele/recommend/internal/model"
)

// repeats tell what customers take again, and when. They are made of the log when
// they are asked for first, and not saved.
type repeats struct {
	*model.Due
	*model.Repeat
}

// repeatsOf makes the repeats of a log before a day.
func repeatsOf(l *ledger.Log, day, window int32) *repeats {
	return &repeats{model.NewDue(l, day, model.DueOptions{}), model.NewRepeat(l, day, window)}
}
