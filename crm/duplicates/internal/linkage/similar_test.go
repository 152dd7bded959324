package linkage_test

import (
	"math"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-9cb3708a/clientele/crm/duplicates/internal/linkage"
)

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b        string
		limit, want int
	}{
		{"", "", 2, 0}, {"anna", "anna", 2, 0}, {"anna", "ana", 1, 1}, {"anna", "anan", 1, 1}, {"anna", "hanna", 1, 1},
		{"martha", "marhta", 2, 1}, {"smith", "smyth", 1, 1}, {"smith", "schmidt", 2, 3}, {"smith", "schmidt", 9, 4},
		{"ca", "abc", 9, 3}, {"schmitt", "schmidt", 1, 1}, {"byron", "bryon", 2, 1}, {"abcdef", "badcfe", 9, 3},
	} {
		if got := linkage.Distance([]byte(tt.a), []byte(tt.b), tt.limit); got != tt.want {
			t.Errorf("distance of %q and %q up to %d: %d, want %d", tt.a, tt.b, tt.limit, got, tt.want)
		}
	}
}

// The figures that Winkler published.
func TestLikeness(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want float64
	}{
		{"martha", "marhta", .961}, {"dwayne", "duane", .84}, {"dixon", "dicksonx", .813}, {"abroms", "abrams", .922},
		{"hardin", "martinez", .722}, {"jon", "jan", .8}, {"", "jan", 0}, {"abc", "xyz", 0}, {"jones", "jones", 1},
	} {
		if got := linkage.Likeness([]byte(tt.a), []byte(tt.b)); math.Abs(got-tt.want) > .0006 {
			t.Errorf("likeness of %q and %q: %.4f, want %.3f", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "  Ada  Byron ": "ada byron", "O'Brien": "obrien", "Müller-Lüdenscheid": "muller ludenscheid", "STRASSE": "strasse",
		"Straße 5a": "strasse 5a", "Łódź": "lodz", "Ærøskøbing": "aeroskobing", "İzmir": "izmir", "Ñandú": "nandu", "東京": "東京", "a\xffb": "a b",
	} {
		if got := linkage.Fold(in); got != want {
			t.Errorf("fold %q: %q, want %q", in, got, want)
		}
	}
}

func TestSkeleton(t *testing.T) {
	for _, pair := range [][2]string{
		{"Schmidt", "Schmitt"}, {"Meyer", "Maier"}, {"Philip", "Filip"}, {"Müller", "Mueller"}, {"Catherine", "Katharina"}, {"Sara", "Sarah"},
	} {
		if a, b := linkage.Skeleton(pair[0]), linkage.Skeleton(pair[1]); a[0] != b[0] || a[:min(len(a), len(b))] != b[:min(len(a), len(b))] {
			t.Errorf("%q sounds like %q, %q like %q", pair[0], a, pair[1], b)
		}
	}
}

func TestNear(t *testing.T) {
	for _, tt := range []struct {
		name string
		near func(a, b []byte) bool
		a, b string
		want bool
	}{
		{"a slip", linkage.Near, "byron", "bryon", true},
		{"two in a short word", linkage.Near, "anna", "hana", false},
		{"two in a long one", linkage.Near, "hippenstiel", "hipenstihl", true},
		{"others", linkage.Near, "anna", "emma", false},
		{"a street cut short", linkage.NearLine, "12 st james square", "12 st james s square", true},
		{"a street in short", linkage.NearLine, "bahnhofstr 5", "bahnhofstrasse 5", true},
		{"the house beside", linkage.NearLine, "5 mill lane", "7 mill lane", false},
		{"another street", linkage.NearLine, "5 mill lane", "5 oak avenue", false},
		{"points", linkage.NearLocal, "anna schmidt82", "annaschmidt82", true},
		{"another number", linkage.NearLocal, "anna82", "anna17", false},
		{"too short", linkage.NearLocal, "bo", "bob", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.near([]byte(tt.a), []byte(tt.b)); got != tt.want {
				t.Errorf("%q and %q: %v, want %v", tt.a, tt.b, got, tt.want)
			}
		})
	}
}

func TestMade(t *testing.T) {
	for letters, want := range map[string]bool{"annaschmidt": true, "schmidtanna": true, "aschmidt": true, "schmidt": true, "annas": true, "as": true, "bunny": false, "annaschmidtx": false} {
		if got := linkage.Made(letters, "anna", "schmidt"); got != want {
			t.Errorf("%q is made of the name: %v, want %v", letters, got, want)
		}
	}
}

func TestCompare(t *testing.T) {
	base := linkage.Person{
		Given: "Anna Maria", Family: "Schmidt", Birthday: "1980-03-07", Company: "Mill Works",
		Emails: []string{"anna.schmidt82@example.com"}, Phones: []string{"+49 30 23125 123"},
		Places: []linkage.Place{{"Lindenstraße 5", "10437", "Berlin"}},
	}
	all := linkage.Levels{linkage.Given: 5, linkage.Family: 5, linkage.Birth: 4, linkage.Email: 4, linkage.Phone: 3, linkage.Address: 6, linkage.Company: 3}
	for _, tt := range []struct {
		name   string
		change func(*linkage.Person)
		field  linkage.Field
		want   linkage.Level
	}{
		{"nothing", func(*linkage.Person) {}, linkage.Given, 5},
		{"no given name", func(p *linkage.Person) { p.Given = "" }, linkage.Given, linkage.Missing},
		{"one of two given names", func(p *linkage.Person) { p.Given = "Maria" }, linkage.Given, linkage.Alike},
		{"an initial", func(p *linkage.Person) { p.Given = "A." }, linkage.Given, linkage.Initial},
		{"another given name", func(p *linkage.Person) { p.Given = "Ida" }, linkage.Given, linkage.Different},
		{"a double family name", func(p *linkage.Person) { p.Family = "Schmidt-Roth" }, linkage.Family, linkage.Part},
		{"a slip", func(p *linkage.Person) { p.Family = "Schmitt" }, linkage.Family, 4},
		{"married", func(p *linkage.Person) { p.Family = "Roth" }, linkage.Family, linkage.Different},
		{"day for month", func(p *linkage.Person) { p.Birthday = "1980-07-03" }, linkage.Birth, 2},
		{"a digit", func(p *linkage.Person) { p.Birthday = "1986-03-07" }, linkage.Birth, 2},
		{"no year", func(p *linkage.Person) { p.Birthday = "--03-07" }, linkage.Birth, linkage.YearOff},
		{"another day", func(p *linkage.Person) { p.Birthday = "1971-11-30" }, linkage.Birth, linkage.Different},
		{"no date", func(p *linkage.Person) { p.Birthday = "soon" }, linkage.Birth, linkage.Missing},
		{"another provider", func(p *linkage.Person) { p.Emails[0] = "Anna.Schmidt82@example.org" }, linkage.Email, linkage.SameLocal},
		{"a slip in the mail", func(p *linkage.Person) { p.Emails[0] = "anna.schmit82@example.com" }, linkage.Email, 2},
		{"another mail", func(p *linkage.Person) { p.Emails[0] = "bunny@example.com" }, linkage.Email, linkage.Different},
		{"as at home", func(p *linkage.Person) { p.Phones[0] = "030 23125-123" }, linkage.Phone, 3},
		{"no number", func(p *linkage.Person) { p.Phones[0] = "0000000" }, linkage.Phone, linkage.Missing},
		{"another house", func(p *linkage.Person) { p.Places[0].Line = "Lindenstraße 7" }, linkage.Address, linkage.Postcode},
		{"a street in short", func(p *linkage.Person) { p.Places[0].Line = "Lindenstr. 5" }, linkage.Address, 5},
		{"another town", func(p *linkage.Person) { p.Places[0] = linkage.Place{"Ringstraße 9", "80331", "München"} }, linkage.Address, linkage.Different},
		{"a second address", func(p *linkage.Person) {
			p.Places = []linkage.Place{{"Ringstraße 9", "80331", "München"}, {"Lindenstraße 5", "10437", "Berlin"}}
		}, linkage.Address, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := base
			p.Emails, p.Phones, p.Places = []string{base.Emails[0]}, []string{base.Phones[0]}, []linkage.Place{base.Places[0]}
			tt.change(&p)
			x := linkage.NewIndex()
			x.Add(&base)
			x.Add(&p)
			want := all
			want[tt.field] = tt.want
			for _, order := range [][2]int{{0, 1}, {1, 0}} {
				if diff := cmp.Diff(want, linkage.Compare(x, order[0], order[1])); diff != "" {
					t.Errorf("levels (-want +got):\n%s", diff)
				}
			}
		})
	}
	x := linkage.NewIndex()
	x.Add(&linkage.Person{Given: "Anna", Family: "Schmidt"})
	x.Add(&linkage.Person{Given: "Schmidt", Family: "Anna"})
	if got := linkage.Compare(x, 0, 1); got[linkage.Given] != linkage.Swapped || got[linkage.Family] != linkage.Swapped {
		t.Errorf("swapped names: %v", got)
	}
}

// Whatever stands in a record, it can be compared, either way round alike.
func FuzzCompare(f *testing.F) {
	f.Add("Anna", "Schmidt", "1980-03-07", "a@b.c", "+49 30 1234567", "Weg 5", "Ana", "Schmit", "--03-07", "a@c.d", "030 1234567", "Weg 7")
	f.Add("", "\xff", "0000-00-00", "@", "x", "", "東", "’", "-", "a@@b", "000000000000", "5 5 5 5")
	f.Fuzz(func(t *testing.T, g, n, d, m, p, l, g2, n2, d2, m2, p2, l2 string) {
		x := linkage.NewIndex()
		x.Add(&linkage.Person{Given: g, Family: n, Birthday: d, Emails: []string{m}, Phones: []string{p}, Places: []linkage.Place{{l, g2, n2}}, Company: l2})
		x.Add(&linkage.Person{Given: g2, Family: n2, Birthday: d2, Emails: []string{m2, m}, Phones: []string{p2}, Places: []linkage.Place{{l2, g2, n2}}, Company: l})
		if a, b := linkage.Compare(x, 0, 1), linkage.Compare(x, 1, 0); a != b {
			t.Errorf("levels %v one way and %v the other", a, b)
		}
		k, err := linkage.New(t.Context(), x, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Find(t.Context(), linkage.Options{}); err != nil {
			t.Fatal(err)
		}
		if e := k.Explain(0, 1); math.IsNaN(e.Probability) || e.Probability < 0 || e.Probability > 1 {
			t.Errorf("probability %v of %+v", e.Probability, e)
		}
		if s := linkage.Fold(l); !utf8.ValidString(s) {
			t.Errorf("fold %q: %q is no text", l, s)
		}
	})
}
