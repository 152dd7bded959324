package crm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm"
)

func TestParseRef(t *testing.T) {
	long := strings.Repeat("x", 120)
	for _, tt := range []struct {
		name   string
		text   string
		want   crm.Ref
		faults []string
	}{
		{"plain", "shopify:5123", crm.Ref{Source: "shopify", ID: "5123"}, nil},
		{"a colon in the id", "gid:shopify/Order:1", crm.Ref{Source: "gid", ID: "shopify/Order:1"}, nil},
		{"letters of any script", "läden:ключ", crm.Ref{Source: "läden", ID: "ключ"}, nil},
		{"as long as may be", long + ":" + long, crm.Ref{Source: long, ID: long}, nil},
		{"a byte longer", long + "x:" + long + "x", crm.Ref{}, []string{"ref.source", "ref.id"}},
		{"nothing", "", crm.Ref{}, []string{"ref.source", "ref.id"}},
		{"no id", "shop:", crm.Ref{}, []string{"ref.id"}},
		{"no source", ":1", crm.Ref{}, []string{"ref.source"}},
		{"a space", "shop:1 2", crm.Ref{}, []string{"ref.id"}},
		{"a space that looks like none", "shop:1\u00a02", crm.Ref{}, []string{"ref.id"}},
		{"a mail address", "shop:ada@example.com", crm.Ref{}, []string{"ref.id"}},
		{"a control", "shop:\x7f", crm.Ref{}, []string{"ref.id"}},
		{"no UTF-8", "shop:\xff", crm.Ref{}, []string{"ref.id"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := crm.ParseRef(tt.text)
			if err == nil && got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if diff := cmp.Diff(tt.faults, fields(err)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if err != nil && strings.Contains(err.Error(), "ada@example.com") {
				t.Errorf("the error tells an address: %v", err)
			}
		})
	}
	if s := (crm.Ref{}).String(); s != "" {
		t.Errorf("the zero Ref is %q", s)
	}
}

// fields returns the paths of what an InvalidError lists.
func fields(err error) []string {
	invalid, ok := errors.AsType[*crm.InvalidError](err)
	if !ok {
		return nil
	}
	var list []string
	for _, f := range invalid.Fields {
		list = append(list, f.Field)
	}
	return list
}
