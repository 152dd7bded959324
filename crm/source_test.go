package crm_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A club answers for who is a member, from a list of its own.
type club struct {
	room    string
	members map[crm.CustomerID]float64 // and how long, in years
	err     error
}

func (c *club) Room() string { return c.room }

func (c *club) Traits(ctx context.Context, tx *crm.Tx, ids []crm.CustomerID) ([]crm.Trait, error) {
	if c.err != nil {
		return nil, c.err
	}
	// A source that used the book instead of tx would learn so.
	if _, err := tx.Book().Customers.Get(ctx, ids[0]); !errors.Is(err, crm.ErrNested) {
		return nil, errors.New("another transaction was opened")
	}
	if v, err := tx.Customers.Get(ctx, ids[0]); err != nil || v.ID != ids[0] {
		return nil, errors.New("the survivor's id is not the first")
	}
	list := []crm.Trait{{Name: "asked", Value: crm.Number(float64(len(ids))), At: today}, {CustomerID: "somebody else", Name: "odd", Value: crm.Bool(true)}, {Name: "none"}}
	for _, id := range slices.Backward(ids) {
		if years, ok := c.members[id]; ok {
			list = append(list, crm.Trait{CustomerID: id, Room: "ignored", Name: "years", Value: crm.Number(years), At: today})
			list = append(list, crm.Trait{CustomerID: id, Name: "preference.day", Value: crm.Text("Friday"), At: today})
		}
	}
	return list, nil
}

func TestTraitSource(t *testing.T) {
	book := memory(t)
	ctx := t.Context()
	putCustomer(t, book, crm.Customer{ID: "ada"})
	putCustomer(t, book, crm.Customer{ID: "countess"})
	source := &club{room: "club", members: map[crm.CustomerID]float64{"ada": 3, "countess": 7}}
	if err := book.RegisterTraits(source); err != nil {
		t.Fatal(err)
	}
	if err := book.RegisterTraits(&club{room: "club"}); !errors.Is(err, crm.ErrExists) {
		t.Errorf("registered twice: %v", err)
	}
	for _, room := range []string{"", "a.b", "ada@example.com", crm.Stated} {
		if err := book.RegisterTraits(&club{room: room}); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("room %q: %v", room, err)
		}
	}
	setTraits(t, book, "ada", "club", day(1), valueMap{"years": crm.Number(2), "written": crm.Bool(true)})
	setTraits(t, book, "ada", "rfm", day(1), valueMap{"group": crm.Text("new")})
	setTraits(t, book, "ada", "ads", day(1), valueMap{"lift": crm.Number(1)})
	merge(t, book, "countess", "ada")
	want := []crm.Trait{
		{CustomerID: "ada", Room: "ads", Name: "lift", Value: crm.Number(1), At: day(1)},
		{CustomerID: "ada", Room: "club", Name: "asked", Value: crm.Number(2), At: today},
		{CustomerID: "ada", Room: "club", Name: "preference.day", Value: crm.Text("Friday"), At: today},
		{CustomerID: "ada", Room: "club", Name: "written", Value: crm.Bool(true), At: day(1)},
		{CustomerID: "ada", Room: "club", Name: "years", Value: crm.Number(3), At: today},
		{CustomerID: "ada", Room: "rfm", Name: "group", Value: crm.Text("new"), At: day(1)},
	}
	for _, id := range []crm.CustomerID{"ada", "countess"} {
		got, err := book.Traits.Get(ctx, id)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", id, err, diff)
		}
	}
	if diff := cmp.Diff([]string{"day=Friday false club  @300 [club.preference.day=Friday @300]"}, preferred(t, book, "countess")); diff != "" {
		t.Errorf("Preferences (-want +got):\n%s", diff)
	}
	if got := traitsAt(t, book, "ada", today); len(got) != 4 {
		t.Errorf("At asks sources: %v", got)
	}
	err := book.View(ctx, func(ctx context.Context, tx *crm.Tx) error {
		got, err := tx.Traits.Get(ctx, "ada")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in a transaction (-want +got):\n%s", diff)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	source.err = errors.New("columns are being rebuilt")
	written := []string{"ads.lift=1 @1", "club.written=true @1", "club.years=2 @1", "rfm.group=new @1"}
	for _, id := range []crm.CustomerID{"ada", "countess"} {
		got, err := book.Traits.Recorded(ctx, id)
		if diff := cmp.Diff(written, shown(got)); err != nil || diff != "" {
			t.Errorf("Recorded of %s: %v (-want +got):\n%s", id, err, diff)
		}
	}
	if list, err := book.Traits.Recorded(ctx, "nobody"); err != nil || list != nil {
		t.Errorf("Recorded of nobody: %v, %v", list, err)
	}
	if list, err := book.Traits.Get(ctx, "ada"); !errors.Is(err, source.err) || list != nil {
		t.Errorf("got %v, %v", list, err)
	}
	if list, err := book.Traits.Preferences(ctx, "ada"); !errors.Is(err, source.err) || list != nil {
		t.Errorf("got %v, %v", list, err)
	}
}
