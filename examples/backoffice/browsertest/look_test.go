package browsertest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// Tab comes to everything that can be used, in the order of the page, and shows
// where it is.
func TestFocus(t *testing.T) {
	p := sit(t)
	for name, path := range p.pages() {
		t.Run(name, func(t *testing.T) {
			p.open(path)
			want := ask[[]string](p, `(() => {
				const seen = e => e.checkVisibility() && e.type !== 'hidden';
				window.usable = [...document.querySelectorAll('a[href], button, input, summary, select, textarea')].filter(seen);
				return usable.map(e => e.outerHTML.slice(0, 120));
			})()`)
			for i, w := range want {
				p.press(kb.Tab)
				if !ask[bool](p, `document.activeElement === usable[`+strconv.Itoa(i)+`]`) {
					t.Fatalf("Tab %d comes to %s, want %s", i+1, ask[string](p, `document.activeElement.outerHTML.slice(0, 120)`), w)
				}
				if !ask[bool](p, `(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)(getComputedStyle(document.activeElement))`) {
					t.Errorf("nobody sees that %s has the focus", w)
				}
			}
		})
	}
}

// contrast returns the texts of a page that are too pale on what they stand on:
// below 4.5 to 1, and 3 to 1 for large ones (WCAG 2.2, 1.4.3).
const contrast = `(() => {
	const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
	const rgba = c => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
	const over = (a, b) => { const t = a[3] / 255; return [0, 1, 2].map(i => a[i] * t + b[i] * (1 - t)).concat(255); };
	const light = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
	const ground = e => { const own = rgba(getComputedStyle(e).backgroundColor); return own[3] === 255 || !e.parentElement ? own : over(own, ground(e.parentElement)); };
	const bad = [];
	for (const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walk.nextNode();) {
		const e = walk.currentNode.parentElement, s = getComputedStyle(e);
		if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.closest('.unseen, .skip')) continue;
		const back = ground(e), [a, b] = [light(over(rgba(s.color), back)), light(back)];
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05), size = parseFloat(s.fontSize);
		if (ratio < (size >= 24 || size >= 18.66 && s.fontWeight >= 700 ? 3 : 4.5)) bad.push(ratio.toFixed(2) + ' ' + e.className + ' ' + walk.currentNode.data.trim().slice(0, 40));
	}
	return bad;
})()`

// lengthen makes one long word of whatever people and shops may have written.
const lengthen = `document.querySelectorAll("main :is(h1, p, dd, a, td, blockquote, .about, .tags .tag)").forEach(e => {
	if (!e.children.length && !e.closest(".number, .phone, .sums, .chips, .button, .paging")) e.textContent = "Wolfeschlegelsteinhausenbergerdorff".repeat(3);
});
`

// outside tells what a page has beyond its right edge.
const outside = `[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + "." + e.className).slice(0, 5).join(" ")`

// Every page can be read by day and by night, and on screens of all widths
// without moving it sideways, however long its words are.
func TestLook(t *testing.T) {
	p := sit(t)
	for name, path := range p.pages() {
		t.Run(name, func(t *testing.T) {
			for _, dark := range []bool{false, true} {
				p.night(dark)
				p.open(path)
				if bad := ask[[]string](p, contrast); len(bad) > 0 {
					t.Errorf("dark %t: too pale:\n%s", dark, strings.Join(bad, "\n"))
				}
			}
			if name == "customer" {
				p.picture("night")
			}
			p.night(false)
			for _, width := range []int64{320, 480, 768, 1024, 1280, 1600} {
				p.size(width, 900)
				p.open(path)
				if wide := ask[int64](p, `document.documentElement.scrollWidth`); wide > width {
					t.Errorf("at %d pixels the page is %d wide: %s", width, wide, ask[string](p, outside))
				}
				if width == 320 && name == "customer" {
					p.picture("telephone")
				}
				if width == 1600 && name == "twin" {
					p.picture("wide")
				}
			}
			for _, width := range []int64{320, 1280} {
				p.size(width, 900)
				p.open(path)
				if wide := ask[int64](p, lengthen+`document.documentElement.scrollWidth`); wide > width {
					t.Errorf("at %d pixels the page is %d wide when words are long: %s", width, wide, ask[string](p, outside))
				}
			}
			p.size(1280, 1000)
		})
	}
}
