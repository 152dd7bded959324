package crm_test

import (
	"iter"

	"github.com/seed-9cb3708a/clientele/crm"
)

// sequence yields records and then err, unless it is nil.
func sequence(records []crm.Record, err error) iter.Seq2[crm.Record, error] {
	return func(yield func(crm.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(crm.Record{}, err)
		}
	}
}

// load imports records that must all be taken.
func load(t failer, book *crm.Book, records ...crm.Record) *crm.ImportReport {
	t.Helper()
	report, err := book.Import(t.Context(), sequence(records, nil), &crm.ImportOptions{
		Reject: func(r crm.Record, err error) { t.Fatal("refused: ", err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}
