package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Somebody looks for a customer by half a name, reads their story, makes one of
// two who are the same person, and takes it back.
func TestMouse(t *testing.T) {
	p := sit(t)
	p.settled()
	p.open("/")
	p.picture("start")
	p.do(chromedp.Click("#q"), chromedp.SendKeys("#q", "byrn ada"), chromedp.Click(".search button"))
	p.until(`document.querySelector('h1').innerText.includes('byrn ada')`)
	p.do(chromedp.Click(`//a[text()="Ada Byron"]`))
	p.until(`document.querySelector('h1').innerText === 'Ada Byron'`)
	p.picture("customer")
	all := ask[int](p, `document.querySelectorAll('.day li').length`)
	p.do(chromedp.Click(`//a[text()="Orders and refunds"]`))
	p.until(`location.search.includes('show=orders')`)
	if sorts := ask[string](p, `[...new Set([...document.querySelectorAll('.day .sort')].map(e => e.innerText))].sort().join()`); sorts != "Order,Refund" {
		t.Errorf("orders and refunds show %q", sorts)
	}
	if all == 0 {
		t.Error("the timeline is empty")
	}
	p.do(chromedp.Click(`//nav//a[text()="Duplicates"]`))
	p.until(`document.querySelector('h1').innerText === 'Probably the same person'`)
	p.do(chromedp.Click(`details summary`))
	p.picture("duplicates")
	p.do(chromedp.Click(`a.button`))
	p.until(`document.querySelector('h1').innerText === 'Are these one person?'`)
	p.picture("merge")
	if ask[bool](p, `document.querySelector('#sure') !== null`) {
		p.do(chromedp.Click("#sure"))
	}
	p.do(chromedp.Click("button.main"))
	p.until(`document.querySelector('.notice')?.innerText.includes('one customer now')`)
	whole := p.heading()
	p.picture("merged")
	p.do(chromedp.Click(`//button[starts-with(., "Un-merge")]`))
	p.until(`document.querySelector('.notice')?.innerText.includes('two customers again')`)
	t.Logf("%s was two, and is again %s", whole, p.heading())
	p.open("/search?q=marshall")
	p.picture("search")
	p.open("/quality")
	p.picture("quality")
}

// Somebody puts a customer into a segment by hand, keeps who is in it as a list,
// and takes one of them out of it again.
func TestHand(t *testing.T) {
	p := sit(t)
	p.settled()
	p.open("/segments/vip")
	p.do(chromedp.Click(`//a[text()="Put in or keep out by hand"]`))
	p.until(`document.querySelector('h1').innerText === 'By hand: VIP'`)
	p.do(chromedp.Click("#who"), chromedp.SendKeys("#who", "boole"), chromedp.Click(`//button[text()="Look"]`))
	p.until(`document.querySelector('section').innerText.includes('George Boole')`)
	p.do(chromedp.Click(`//button[normalize-space()="Put in: George Boole"]`))
	p.until(`document.querySelector('.notice')?.innerText.includes('Put in by hand')`)
	p.picture("hand")
	p.do(chromedp.Click(`//a[text()="VIP"]`))
	p.until(`document.querySelector('h1').innerText === 'VIP'`)
	p.do(chromedp.Click(`//summary[text()="Keep who is in it now"]`), chromedp.Click(`//button[starts-with(., "Keep ")]`))
	p.until(`document.querySelector('.notice')?.innerText.includes('stays as it is')`)
	p.picture("list")
	p.do(chromedp.Click(`//a[text()="Put in or take out"]`))
	p.until(`document.querySelector('h1').innerText.startsWith('By hand: VIP, ')`)
	p.do(chromedp.Click(`//button[normalize-space()="Take out: George Boole"]`))
	p.until(`document.querySelector('.notice')?.innerText.includes('taken back') && !document.querySelector('table').innerText.includes('Boole')`)
	p.open("/segments/vip/lookalike")
	p.picture("lookalike")
}

// What a mouse does is done with nothing but the keyboard, too.
func TestKeyboard(t *testing.T) {
	p := sit(t)
	p.settled()
	p.open("/")
	p.press(kb.Tab)
	if f := ask[string](p, focus); f != "Skip to the content" {
		t.Errorf("the first Tab comes to %q", f)
	}
	p.press(kb.Enter)
	if f := ask[string](p, `document.activeElement.id`); f != "main" {
		t.Errorf("the skip link leads to %q", f)
	}
	p.open("/")
	p.tab("Find a customer")
	p.press("b", "y", "r", "o", "n", kb.Enter)
	p.until(`document.querySelector('h1').innerText.includes('byron')`)
	p.tab("Ada Byron")
	p.press(kb.Enter)
	p.until(`document.querySelector('h1').innerText === 'Ada Byron'`)
	p.tab("Duplicates")
	p.press(kb.Enter)
	p.until(`document.querySelector('h1').innerText === 'Probably the same person'`)
	p.tab("Why")
	p.press(kb.Enter)
	if !ask[bool](p, `document.querySelector('details').open`) {
		t.Error("Enter does not open why")
	}
	p.tab("Compare")
	p.press(kb.Enter)
	p.until(`document.querySelector('h1').innerText === 'Are these one person?'`)
	if ask[bool](p, `document.querySelector('#sure') !== null`) {
		p.tab("I have looked")
		p.press(" ")
	}
	p.tab("Merge them")
	p.press(kb.Enter)
	p.until(`document.querySelector('.notice')?.innerText.includes('one customer now')`)
	p.tab("Un-merge")
	p.press(kb.Enter)
	p.until(`document.querySelector('.notice')?.innerText.includes('two customers again')`)
}

// pages are one of each kind.
func (p *person) pages() map[string]string {
	p.Helper()
	p.settled()
	p.open("/")
	first := func(part string) string {
		return ask[string](p, `document.querySelector('a[href^="`+part+`"]').getAttribute('href')`)
	}
	list := map[string]string{"start": "/", "search": "/search?q=mar", "nobody": "/search?q=xyzzy", "quality": "/quality", "duplicates": "/duplicates", "trouble": "/nothing"}
	list["order"] = first("/orders/")
	p.open("/search?q=byron")
	list["customer"] = first("/customers/")
	list["consents"] = strings.TrimSuffix(list["customer"], "#") + "/consents"
	list["next"], list["products"] = list["customer"]+"/next", "/products"
	p.open("/products")
	list["product"] = first("/products/")
	p.open("/duplicates")
	list["twin"], list["merge"] = first("/customers/"), first("/merge")
	list["segments"], list["segment"], list["editor"], list["standing"] = "/segments", "/segments/at_risk", "/segments/vip/edit", list["customer"]+"/segments"
	list["groups"], list["hand"], list["lookalike"] = "/groups", "/segments/vip/hand?q=mar", "/segments/vip/lookalike"
	return list
}
