package shopcsv_test

import (
	"strings"
	"testing"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/crm/shopcsv"
)

func TestDefuse(t *testing.T) {
	for _, c := range []struct{ cell, want string }{
		{"", ""}, {"Mug", "Mug"}, {"=1+1", "'=1+1"}, {"@SUM(A1)", "'@SUM(A1)"}, {"+31612345678", "'+31612345678"}, {"-cmd", "'-cmd"},
		{"-12.50", "-12.50"}, {"-12", "-12"}, {"-1.", "'-1."}, {"-.5", "'-.5"}, {"-1+1", "'-1+1"}, {"-", "'-"}, {"\t=1", "'\t=1"}, {"\r", "'\r"},
		{"'quoted'", "'quoted'"}, {"'=1", "''=1"}, {"''-12", "'''-12"}, {"12.50", "12.50"},
	} {
		if got := shopcsv.Defuse(c.cell); got != c.want {
			t.Errorf("Defuse(%q) = %q, want %q", c.cell, got, c.want)
		}
	}
}

func FuzzDefuse(f *testing.F) {
	for _, seed := range []string{"=1", "'=1", "-12.5", "-", "''", "+1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		out := shopcsv.Defuse(cell)
		if back := shopcsv.Infuse(out); back != cell {
			t.Errorf("%q is written %q and read %q", cell, out, back)
		}
		if out != "" && strings.ContainsAny(out[:1], "=+@\t\r") {
			t.Errorf("%q is written %q", cell, out)
		}
	})
}

func TestRefID(t *testing.T) {
	for _, c := range []struct{ key, want string }{
		{"#1001", "#1001"}, {"EU 1001", "EU%201001"}, {"a@b", "a%40b"}, {"50%", "50%25"}, {"Größe", "Größe"}, {"a\u00a0b", "a%C2%A0b"}, {"\xff", "%FF"},
	} {
		if got := shopcsv.RefID(c.key); got != c.want {
			t.Errorf("RefID(%q) = %q, want %q", c.key, got, c.want)
		}
	}
}

func FuzzRefID(f *testing.F) {
	for _, seed := range []string{"#1001", "EU 1001", "a@b", strings.Repeat("ö", 100), "\u00ad", "\ufffd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if key == "" {
			return
		}
		ref := crm.Ref{Source: "s", ID: shopcsv.RefID(key)}
		if got, err := crm.ParseRef(ref.String()); err != nil || got != ref {
			t.Errorf("%q becomes %q: %v", key, ref.ID, err)
		}
	})
}

func TestSplitName(t *testing.T) {
	for _, c := range []struct{ name, given, family string }{
		{"", "", ""}, {"Prince", "Prince", ""}, {"Ann Dyke", "Ann", "Dyke"}, {"Ann Marie Dyke", "Ann Marie", "Dyke"},
		{"Vincent van Gogh", "Vincent", "van Gogh"}, {"Gogh, Vincent", "Vincent", "Gogh"}, {"Ludwig  van der Rohe ", "Ludwig", "van der Rohe"},
		{"van Gogh", "van", "Gogh"}, {"Maria de la Cruz", "Maria", "de la Cruz"},
	} {
		if given, family := shopcsv.SplitName(c.name); given != c.given || family != c.family {
			t.Errorf("%q is %q, %q, want %q, %q", c.name, given, family, c.given, c.family)
		}
	}
}
