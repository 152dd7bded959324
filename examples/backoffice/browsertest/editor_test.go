package browsertest

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// found is what the editor says of the rule.
const found = `document.querySelector('#found').innerText`

// Somebody writes a rule: each key is answered, a slip of the pen is marked and
// mended, and whoever is in it is explained.
func TestTyping(t *testing.T) {
	p := sit(t)
	p.settled()
	p.open("/segments")
	p.picture("segments")
	p.do(chromedp.Click(`//a[text()="New segment"]`))
	p.until(`document.querySelector('h1').innerText === 'New segment'`)
	if said := ask[string](p, found); said != "Nobody yet" {
		t.Errorf("before anything is typed it says %q", said)
	}
	p.do(chromedp.Click("#rule"), chromedp.SendKeys("#rule", "number_of_orders >= 2"))
	p.until(found + `.includes('customers, ')`)
	two := ask[string](p, found)
	p.do(chromedp.SendKeys("#rule", "0"))
	p.until(found + ` !== ` + quoted(two))
	if rows := ask[int](p, `document.querySelectorAll('#look tbody tr').length`); rows == 0 || rows > 10 {
		t.Errorf("%d customers are shown", rows)
	}
	if said := ask[string](p, `document.querySelector('#said').textContent`); said != ask[string](p, `document.querySelector('#found').textContent`) {
		t.Errorf("a screen reader is told %q", said)
	}
	name := ask[string](p, `document.querySelector('#look tbody tr:nth-child(2) a').innerText`)
	p.do(chromedp.Click(`#look tbody tr:nth-child(2) button`))
	p.until(`document.querySelector('#why').innerText === 'Why ' + ` + quoted(name) + ` + ' is in it'`)
	if f := ask[string](p, `document.activeElement.textContent`); f != "Why "+name {
		t.Errorf("after that %q has the focus", f)
	}
	p.picture("editor")
	p.do(chromedp.SendKeys("#rule", "0"))
	p.until(`document.querySelector('#why')?.innerText === 'Why ' + ` + quoted(name) + ` + ' is not in it'`)

	p.do(chromedp.SendKeys("#rule", " AND last_ordr_date > -1y"))
	p.until(`document.querySelector('#look mark')?.innerText === 'last_ordr_date'`)
	p.picture("faults")
	p.do(chromedp.Click(`#look button[name=fix]`))
	p.until(`document.querySelector('#rule').value === 'number_of_orders >= 200 AND last_order_date > -1y'`)
	p.do(chromedp.SendKeys("#name", "Most of all"), chromedp.Click(`button.main`))
	p.until(`document.querySelector('h1').innerText === 'Most of all'`)
	p.do(chromedp.Click(`//nav//a[text()="Segments"]`))
	p.until(`document.querySelector('h1').innerText === 'Segments'`)
	p.do(chromedp.Click(`//a[text()="At risk"]`))
	p.until(`document.querySelector('h1').innerText === 'At risk'`)
	p.picture("segment")
	if ask[int](p, `document.querySelectorAll('.growth rect').length`) == 0 {
		t.Error("the growth of a segment shows nothing")
	}
}

// What could stand next is offered at each key, taken by keyboard or mouse, and
// refused by Escape.
func TestOffers(t *testing.T) {
	p := sit(t)
	p.settled()
	p.open("/new-segment")
	const value, open = `document.querySelector('#rule').value`, `document.querySelector('#offers').checkVisibility()`
	p.do(chromedp.Click("#rule"), chromedp.SendKeys("#rule", "number_of_or"))
	p.until(open + ` && document.querySelector('#offers li')?.dataset.text === 'number_of_orders'`)
	p.picture("offers")
	p.press(kb.ArrowDown)
	if id := ask[string](p, `document.querySelector('#rule').getAttribute('aria-activedescendant')`); id != "offer-0" {
		t.Errorf("a screen reader is told of %q", id)
	}
	p.enter()
	p.until(value + ` === 'number_of_orders '`)
	p.do(chromedp.SendKeys("#rule", ">= 2 AND last_o"))
	p.until(open + ` && document.querySelector('#offers li')?.dataset.text === 'last_order_date'`)
	p.press(kb.ArrowDown, kb.Tab)
	p.until(value + ` === 'number_of_orders >= 2 AND last_order_date '`)
	p.press(kb.Escape)
	p.enter() // which breaks the line when nothing is offered
	p.until(value + ` === 'number_of_orders >= 2 AND last_order_date \n'`)
	p.do(chromedp.SetValue("#rule", "number_of_orders "))
	p.do(chromedp.SendKeys("#rule", ">= 2 AN"))
	p.until(open + ` && !!document.querySelector('#offers [data-text=AND]')`)
	p.do(chromedp.Click(`#offers [data-text=AND]`))
	p.until(value + ` === 'number_of_orders >= 2 AND '`)
	p.do(chromedp.SendKeys("#rule", "last_or"))
	p.until(open)
	p.press(kb.Escape)
	p.until(`!` + open)
	p.press(kb.Tab) // which is not taken for anything else
	if f := ask[string](p, focus); f != "Look who that is" {
		t.Errorf("Tab comes to %q", f)
	}
}

// Answers to what was typed before never replace those to what was typed last,
// however late they come.
func TestLate(t *testing.T) {
	p := sit(t)
	p.settled()
	p.open("/new-segment")
	// The answer to the first question is held back until the second is there.
	ask[bool](p, `(() => {
		const real = window.fetch;
		let first = true;
		window.fetch = async (url, options) => {
			const hold = first && url === '/segments/look';
			first &&= !hold;
			const answer = await real(url, {...options, signal: undefined});
			if (hold) await new Promise(go => window.release = go);
			return answer;
		};
		return true;
	})()`)
	p.do(chromedp.Click("#rule"), chromedp.SendKeys("#rule", "number_of_orders >= 0"))
	p.until(`window.release`)
	p.do(chromedp.SendKeys("#rule", " AND number_of_orders > 100000"))
	p.until(found + `.startsWith('0')`)
	ask[bool](p, `(window.release(), true)`)
	p.do(chromedp.SendKeys("#name", "x"))
	if said := ask[string](p, found); !strings.HasPrefix(said, "0") {
		t.Errorf("a late answer says %q", said)
	}
	if ask[bool](p, `document.querySelector('#look').hasAttribute('aria-busy')`) {
		t.Error("it looks as if an answer were still to come")
	}
}

// Without a script, and with nothing but the keyboard, it is a button more.
func TestUnscripted(t *testing.T) {
	p := sit(t)
	p.settled()
	p.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	p.open("/new-segment")
	p.do(chromedp.Focus("#rule"), chromedp.SendKeys("#rule", "number_of_orders >= 5"))
	p.press(kb.Tab, kb.Enter)
	p.until(`document.querySelector('#found').innerText.includes('customers, ')`)
	if rule := ask[string](p, `document.querySelector('#rule').value`); rule != "number_of_orders >= 5" {
		t.Errorf("the rule is %q after that", rule)
	}
	name := ask[string](p, `document.querySelector('#look tbody tr:nth-child(3) a').innerText`)
	p.do(chromedp.Click(`#look tbody tr:nth-child(3) button`))
	p.until(`document.querySelector('#why')?.innerText === 'Why ' + ` + quoted(name) + ` + ' is in it'`)
}

// quoted writes a text in the page's own language.
func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
