package evaltest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/seed-9cb3708a/clientele/segment/internal/column"
	"github.com/seed-9cb3708a/clientele/segment/internal/rule"
)

// A Draw makes things up from a seed: the same from the same one. It is for one
// goroutine.
type Draw struct {
	*rand.Rand
	Location   *time.Location
	Now        time.Time
	Vocabulary *rule.Vocabulary

	far   bool    // dates are also of other centuries, amounts beyond all others
	times []int64 // that were drawn, to be drawn again
	world *World  // for its calendar
}

// zones are those in which shops stand, and those in which midnight is skipped,
// comes twice, or is an hour and a half from that of others.
var zones = [...]string{
	"UTC", "Europe/London", "America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Asia/Beirut",
}

// NewDraw returns a Draw of a seed, with a location, an instant near a change of
// clocks there every second time, and a vocabulary.
func NewDraw(seed uint64) *Draw {
	d := &Draw{Rand: rand.New(rand.NewPCG(seed, 5))}
	location, err := time.LoadLocation(zones[d.IntN(len(zones))])
	if err != nil {
		location = time.UTC
	}
	d.Location = location
	years := [...]int{2009, 2017, 2024, 2026}
	at := time.Date(years[d.IntN(len(years))], time.Month(1+d.IntN(12)), 1+d.IntN(31), d.IntN(24), d.IntN(60), d.IntN(60), d.IntN(1000)*1e6, d.Location)
	if _, end := at.ZoneBounds(); !end.IsZero() && d.one(2) {
		at = end.Add(time.Duration(d.IntN(96*60)-48*60) * time.Minute)
	}
	if d.one(5) {
		at = at.Truncate(time.Hour)
	}
	d.Now = at.Truncate(time.Millisecond)
	d.world = &World{At: d.Now, Location: d.Location}
	if !d.one(4) {
		d.Vocabulary = vocabulary()
	}
	d.far = d.one(6)
	return d
}

// one is true once in n times.
func (d *Draw) one(n int) bool { return d.IntN(n) == 0 }

// pick returns one of a list.
func pick[T any](d *Draw, list []T) T { return list[d.IntN(len(list))] }

// some returns up to n of a list, of which one may come twice.
func some[T any](d *Draw, n int, list []T) []T {
	var all []T
	for range d.IntN(n + 1) {
		all = append(all, pick(d, list))
	}
	return all
}

// vocabulary returns what the book of these draws declares.
func vocabulary() *rule.Vocabulary {
	return &rule.Vocabulary{
		Currency: "EUR",
		Attributes: []rule.Word{
			{Name: "size", Type: rule.IsText}, {Name: "nick", Type: rule.IsText, Folded: true}, {Name: "score", Type: rule.IsNumber}, {Name: "budget", Type: rule.IsMoney},
			{Name: "since", Type: rule.IsDate}, {Name: "club", Type: rule.IsBool}, {Name: "colors", Type: rule.IsList}, {Name: "ref", Type: rule.IsText, Key: true},
		},
		Traits:   []rule.Word{{Name: "predict.p_alive", Type: rule.IsNumber}, {Name: "quiz.style", Type: rule.IsText}},
		Segments: []string{"vip", "seg_2", "empty"},
	}
}

// types are those of the values whose names the book gives. Of a name without a
// type, values are texts and numbers.
var types = map[string]rule.Type{
	"attributes.size": rule.IsText, "attributes.nick": rule.IsText, "attributes.score": rule.IsNumber, "attributes.budget": rule.IsMoney,
	"attributes.since": rule.IsDate, "attributes.club": rule.IsBool, "attributes.colors": rule.IsList, "attributes.ref": rule.IsText,
	"traits.predict.p_alive": rule.IsNumber, "traits.quiz.style": rule.IsText,
	"stated.skin": rule.IsText, "stated.hues": rule.IsList, "stated.x": rule.IsNumber,
	"consents.email.marketing": rule.IsText,
	"properties.color":         rule.IsText, "properties.score": rule.IsNumber, "properties.price": rule.IsMoney, "properties.when": rule.IsDate,
	"properties.gift": rule.IsBool, "properties.colors": rule.IsList, "properties.mixed": 0,
}

// ends are the names under each prefix.
var ends = map[string][]string{
	"attributes.": {"size", "nick", "score", "budget", "since", "club", "colors", "ref"},
	"traits.":     {"predict.p_alive", "quiz.style"},
	"stated.":     {"skin", "hues", "x"},
	"consents.":   {"email.marketing"},
	"properties.": {"color", "score", "price", "when", "gift", "colors", "mixed"},
}

// texts are what there is to draw under a name; "" of all others.
var texts = map[string][]string{
	"":                      {"a", "b", "A", "it's", "back\\slash", "Ünï", "ünï", "ab", "ba"},
	"customer_tags":         {"vip", "VIP", "Straße", "STRASSE", "k", "\u212a", "σας", "ΣΑΣ", "it's", "new"},
	"customer_email_domain": {"example.com", "Example.COM", "shop.de", "mail.shop.de"},
	"customer_language":     {"en-GB", "en", "de", "EN"},
	"customer_countries":    {"GB", "DE", "US"},
	"companies":             {"1", "2", "com_3"},
	"channel":               {"web", "app", "store", "email"},
	"kind":                  {"view_item", "view_item", "add_to_cart", "begin_checkout", "message_sent", "message_opened", "purchase"},
	"coupons":               {"SPRING", "spring", "VIP10"},
	"source":                {"shopify", "till"},
	"country":               {"GB", "DE"},
	"product":               {"prd_1", "prd_2", "prd_3", "prd_4", "prd_5", "100", "200", "BOOT", "prd_none"},
	"sku":                   {"B-42", "B-43", "7"},
	"title":                 {"Boots", "boots", "Pan", "Gift wrap", "Größe"},
	"brand":                 {"Acme", "ACME", "Über", "ÜBER"},
	"categories":            {"Home", "Home > Shoes", "Home>Shoes", "home > shoes > Boots", "Garden>Tools", "garden > TOOLS", "Sale", "Shoes", "17"},
	"product_tags":          {"winter", "Winter", "new"},
	"segments":              {"vip", "seg_2", "empty"},
	"rfm_group":             {"champions", "loyal", "hibernating", "at_risk", "PROSPECTS", "NEW", "gold", "a", "b"},
	"traits.rfm.group":      {"champions", "new", "CHAMPIONS", "gold", "a"},
	"attributes.ref":        {"1", "2", "ref_3"},
	"consents.":             {"granted", "pending", "withdrawn", "denied"},
	"customer_id":           {"cus_1", "cus_2", "cus_17", "5"},
	"time_zone":             {"Europe/London", "UTC"},
	"day":                   {"2024-03-10", "2017-10-15", "2026-01-01"},
	"week":                  {"2024-W10", "2026-W01", "2017-W41"},
	"month":                 {"2024-03", "2026-01", "2009-10"},
}

// text draws a text that stands under a name.
func (d *Draw) text(name string, word rule.Word) string {
	list, ok := texts[name]
	switch {
	case len(word.Values) > 0:
		list = word.Values
	case !ok:
		list = texts[""]
	}
	return pick(d, list)
}

// time draws an instant: most are of the last months, some are on the edges of
// hours, days and windows, and some have been drawn before.
func (d *Draw) time() int64 {
	now := d.Now.UnixMilli()
	const hour, day = int64(3_600_000), int64(86_400_000)
	back := func(days float64) int64 { f := d.Float64(); return now - int64(f*f*days*float64(day)) }
	if d.far && d.one(5) {
		years := [...]int{1, 1582, 1890, 1969, 1970, 2037, 2038, 2039, 2150, 9999}
		return time.Date(years[d.IntN(len(years))], time.Month(1+d.IntN(12)), 1+d.IntN(31), d.IntN(24), d.IntN(60), d.IntN(60), 0, d.Location).UnixMilli()
	}
	var ms int64
	switch d.IntN(12) {
	case 0, 1, 2:
		ms = back(90)
	case 3:
		ms = back(1100)
	case 4:
		ms = back(10)
	case 5:
		ms = back(60) / hour * hour
	case 6:
		ms = d.world.start(dayAt(time.UnixMilli(back(100)).In(d.Location))) - int64(d.IntN(2))
	case 7: // on the edge of a window of hours
		ms = now - int64(d.IntN(80))*hour + int64(d.IntN(3)-1)
	case 8: // on that of a window of days and months, by the calendar
		ms = d.world.later(now, rule.Span{N: -int32(d.IntN(40)), Unit: rule.Date + rule.Unit(d.IntN(3))}) + int64(d.IntN(3)-1)
	case 9: // about a change of clocks
		if start, _ := d.Now.ZoneBounds(); start.After(d.Now.AddDate(-2, 0, 0)) {
			ms = start.UnixMilli() + int64(d.IntN(300)-150)*60_000
			break
		}
		ms = back(5)
	case 10:
		if d.one(2) { // to come
			ms = now + int64(d.IntN(40*24))*hour + int64(d.IntN(2))
			break
		}
		ms = now
	default:
		if len(d.times) > 0 {
			return pick(d, d.times)
		}
		ms = back(30)
	}
	d.times = append(d.times, ms)
	if len(d.times) > 40 {
		d.times = d.times[20:]
	}
	return ms
}

// amount draws an amount of minor units, many of which are equal.
func (d *Draw) amount() int64 {
	if d.far && d.one(10) {
		return pick(d, []int64{math.MaxInt64, math.MaxInt64 - 1, 1 << 62, 1 << 53, 1e17})
	}
	switch d.IntN(8) {
	case 0:
		return 0
	case 1, 2, 3:
		return pick(d, []int64{1, 999, 1000, 1001, 2500, 10000, 50000})
	}
	f := d.Float64()
	return int64(f * f * f * 100_000)
}

// World draws a world with so many people.
func (d *Draw) World(people int) *World {
	w := &World{At: d.Now, Location: d.Location, Digits: 2, Vocabulary: d.Vocabulary, Segments: map[string]rule.Node{"empty": &rule.Any{}}}
	for i := range 5 {
		w.Products = append(w.Products, d.Product(i+1))
	}
	for i := range people {
		w.People = append(w.People, d.Person(fmt.Sprintf("cus_%d", i)))
	}
	for _, name := range []string{"seg_2", "vip"} { // of which the one may ask for the other
		for {
			n, err := d.Rule()
			if asked := rule.Segments(n); err == nil && !slices.Contains(asked, "vip") && (name == "vip" || !slices.Contains(asked, name)) {
				w.Segments[name] = n
				break
			}
		}
	}
	w.Scores = *d.Scores()
	return w
}

// Product draws a product by its number, 1 to 5.
func (d *Draw) Product(number int) *column.Product {
	p := &column.Product{ID: fmt.Sprintf("prd_%d", number), Categories: some(d, 2, texts["categories"]), Tags: some(d, 2, texts["product_tags"])}
	switch number {
	case 1:
		p.Keys = []string{"100", "BOOT"}
	case 2:
		p.Keys = []string{"200"}
	}
	if !d.one(5) {
		p.Title = d.text("title", rule.Word{})
	}
	if !d.one(4) {
		p.Brand = d.text("brand", rule.Word{})
	}
	return p
}
