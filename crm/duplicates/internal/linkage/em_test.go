package linkage_test

import (
	"fmt"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm/duplicates/internal/linkage"
)

// More pairs share a name than 32 bits count.
func TestManyNamesakes(t *testing.T) {
	x := linkage.NewIndex()
	for i := range 70_000 {
		x.Add(&linkage.Person{Given: "Mary", Family: fmt.Sprintf("Smith%c%c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26, 'a'+i/17576), Emails: []string{fmt.Sprintf("m%d@example.com", i)}})
	}
	l, err := linkage.New(t.Context(), x, false)
	if err != nil {
		t.Fatal(err)
	}
	if u := l.Model.U[linkage.Given][5]; u < .9 {
		t.Errorf("%v of all have the same given name, want nearly all", u)
	}
}
