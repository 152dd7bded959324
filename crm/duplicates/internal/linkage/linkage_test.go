package linkage_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/crmtest"
	"github.com/seed-9cb3708a/clientele/crm/duplicates/internal/linkage"
)

// personOf is what a customer tells.
func personOf(c *crm.Customer) *linkage.Person {
	p := &linkage.Person{Given: c.GivenName, Family: c.FamilyName, Company: c.Company, Birthday: c.Birthday, Emails: []string{c.Email}, Phones: []string{c.Phone}}
	for _, a := range c.Addresses {
		p.Places = append(p.Places, linkage.Place{Line: a.Line1, Postcode: a.Postcode, City: a.City})
	}
	if c.Account {
		p.Account = c.Refs[0].Source
	}
	return p
}

// A town is a shop's customers with the truth about them.
type town struct {
	people []*linkage.Person
	same   map[[2]int]crmtest.DuplicateKind
	others map[[2]int]crmtest.DuplicateKind
}

func townOf(t testing.TB, n int, seed uint64) *town {
	t.Helper()
	demo := crmtest.Shop(n, seed)
	demo.Orders = n
	w := &town{same: map[[2]int]crmtest.DuplicateKind{}, others: map[[2]int]crmtest.DuplicateKind{}}
	at := map[string]int{}
	for r, err := range demo.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if c := r.Customer; c != nil {
			i, ok := at[c.Refs[0].ID]
			if !ok {
				i = len(w.people)
				at[c.Refs[0].ID] = i
				w.people = append(w.people, nil)
			}
			if w.people[i] == nil || c.Account {
				w.people[i] = personOf(c)
			}
		}
	}
	for d, err := range demo.Duplicates() {
		if err != nil {
			t.Fatal(err)
		}
		i, ok := at[d.Of.ID]
		if !ok {
			continue
		}
		j := len(w.people)
		w.people = append(w.people, personOf(d.Customer))
		if d.Same {
			w.same[[2]int{i, j}] = d.Kind
		} else {
			w.others[[2]int{i, j}] = d.Kind
		}
	}
	return w
}

func TestFind(t *testing.T) {
	for _, n := range []int{300, 5000, 20000} {
		w := townOf(t, n, 7)
		for _, tt := range []struct {
			name           string
			births, phones bool
		}{{"everything", true, true}, {"no birth dates", false, true}, {"no phones", true, false}, {"neither", false, false}} {
			t.Run(fmt.Sprintf("%d/%s", n, tt.name), func(t *testing.T) {
				x := linkage.NewIndex()
				for _, p := range w.people {
					q := *p
					if !tt.births {
						q.Birthday = ""
					}
					if !tt.phones {
						q.Phones = nil
					}
					x.Add(&q)
				}
				l, err := linkage.New(t.Context(), x, false)
				if err != nil {
					t.Fatal(err)
				}
				pairs, err := l.Find(t.Context(), linkage.Options{})
				if err != nil {
					t.Fatal(err)
				}
				right, sure, sureRight := 0, 0, 0
				wrong := map[string]int{}
				got := map[[2]int]bool{}
				for _, p := range pairs {
					k := [2]int{p.A, p.B}
					_, ok := w.same[k]
					if ok {
						right++
					} else {
						wrong[string(w.others[k])]++
						if wrong[string(w.others[k])] <= 3 {
							t.Logf("WRONG %s %+v\n%+v %+v\n%+v", w.others[k], p, *w.people[p.A], *w.people[p.B], l.Explain(p.A, p.B))
						}
					}
					got[k] = true
					if p.Sure {
						sure++
						if ok {
							sureRight++
						}
					}
				}
				missed, kinds := map[crmtest.DuplicateKind]int{}, map[crmtest.DuplicateKind]int{}
				keys := [][2]int{}
				for k := range w.same {
					keys = append(keys, k)
				}
				slices.SortFunc(keys, func(a, b [2]int) int { return a[1] - b[1] })
				for _, k := range keys {
					kind := w.same[k]
					kinds[kind]++
					if !got[k] {
						missed[kind]++
						if missed[kind] <= 2 {
							t.Logf("MISSED %s\n%+v %+v\n%+v", kind, *w.people[k[0]], *w.people[k[1]], l.Explain(k[0], k[1]))
						}
					}
				}
				precision, recall := float64(right)/float64(len(pairs)), float64(right)/float64(len(w.same))
				t.Logf("%d records, %d true pairs, %d compared: precision %.4f recall %.4f F1 %.4f; sure %d, of these right %.4f; wrong %v missed %v of %v",
					x.Len(), len(w.same), l.Report.Compared, precision, recall, 2*precision*recall/(precision+recall), sure, float64(sureRight)/float64(sure), wrong, missed, kinds)
				for _, bar := range []float64{.5, .7, .8, .9, .95, .98, .99, .995, .998, .999, .9995} {
					n, ok := 0, 0
					for _, p := range pairs {
						if p.Probability >= bar && p.Probability < 1 {
							n++
							if _, yes := w.same[[2]int{p.A, p.B}]; yes {
								ok++
							}
						}
					}
					t.Logf("bar %.4f: %d, precision %.4f", bar, n, float64(ok)/float64(n))
				}
				t.Logf("pairs %.3g households %.3g limits %v skipped %v", l.Model.Pairs*float64(n)/2, l.Model.Households*float64(n)/2, l.Report.Limits, l.Report.Skipped)
				for f := range linkage.Fields {
					t.Logf("%d M %.4f\n   H %.4f\n   U %.6f", f, l.Model.M[f], l.Model.H[f], l.Model.U[f])
				}
			})
		}
	}
}
