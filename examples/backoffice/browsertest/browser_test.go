// Package browsertest sits at the back office as somebody of the shop does, in
// a real browser: with the mouse, with nothing but the keyboard, by day and by
// night, on a telephone and on a wide screen. It is a module of its own, so that
// no shop gets to know the driver.
//
//	cd examples/backoffice/browsertest && go test ./...
//
// It wants chromium on PATH, and skips without one. Pictures of the pages go to
// the folder CLIENTELE_ARTIFACTS, else to that of go test -artifacts.
package browsertest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long anything may take: the machine may have much to do.
const patience = 2 * time.Minute

// office starts the program on its made-up shop and returns where it is.
func office(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "backoffice.exe")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", exe, ".")
	build.Dir, build.Env = "..", append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-addr", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if runtime.GOOS == "windows" {
			cmd.Process.Kill()
		} else {
			cmd.Process.Signal(os.Interrupt)
		}
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	_, url, ok := strings.Cut(strings.TrimSpace(line), "open at ")
	if err != nil || !ok {
		t.Fatalf("the program prints %q: %v", line, err)
	}
	return url
}

// A person sits before a browser.
type person struct {
	*testing.T
	ctx context.Context
	url string
}

// sit opens a browser, and skips when there is none.
func sit(t *testing.T) *person {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			program = p
			break
		}
	}
	if program == "" {
		t.Skip("skipped: NO BROWSER: this test wants chromium on PATH (on Debian: apt-get install chromium)")
	}
	ctx, stop := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WindowSize(1280, 1000), chromedp.WSURLReadTimeout(patience),
	))
	t.Cleanup(stop)
	p := &person{t, ctx, ""}
	// The browser complains of a policy that is broken and a file that is not
	// there; only the page that shows what that looks like may be missing.
	var mu sync.Mutex
	var complaints []string
	if err := chromedp.Listen(ctx, func(e any) {
		if e, ok := e.(*cdplog.EventEntryAdded); ok && !strings.HasSuffix(e.Entry.URL, "/nothing") {
			mu.Lock()
			defer mu.Unlock()
			complaints = append(complaints, e.Entry.URL+": "+e.Entry.Text)
		}
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if len(complaints) > 0 {
			t.Errorf("the browser complains:\n%s", strings.Join(complaints, "\n"))
		}
	})
	p.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, cdplog.Enable, cdp.Empty{})
		return err
	}))
	p.url = office(t)
	return p
}

func (p *person) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.Fatal(err)
	}
}

func (p *person) open(path string) {
	p.Helper()
	p.do(chromedp.Navigate(p.url+path), chromedp.WaitReady("main"))
}

// ask returns what an expression of the page's own language comes to.
func ask[T any](p *person, js string) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		p.Fatal(err)
	}
	return v
}

// until waits for what an expression says, on whatever page comes next.
func (p *person) until(js string) {
	p.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); p.do(chromedp.Sleep(50 * time.Millisecond)) {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("document.readyState === 'complete' && !!("+js+")"))
		if err == nil && ok { // errors are those of a page that is being left
			return
		}
	}
	p.Fatalf("this is never so: %s", js)
}

// heading is that of the page.
func (p *person) heading() string {
	p.Helper()
	return ask[string](p, `document.querySelector('h1').innerText`)
}

// picture keeps a picture of the page as it is.
func (p *person) picture(name string) {
	p.Helper()
	dir := os.Getenv("CLIENTELE_ARTIFACTS")
	if dir == "" {
		dir = p.ArtifactDir()
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "backoffice-"+name+".png"), png, 0o666); err != nil {
		p.Fatal(err)
	}
}

// size makes the window so large.
func (p *person) size(width, height int64) { p.Helper(); p.do(chromedp.EmulateViewport(width, height)) }

// night tells whether it is dark.
func (p *person) night(dark bool) {
	p.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	p.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// settled waits until the program has done its first work in the background.
func (p *person) settled() {
	p.Helper()
	for _, path := range []string{"/", "/duplicates", "/quality", "/search?q=byron", "/segments", "/groups", "/products"} {
		end := time.Now().Add(patience)
		for p.open(path); ask[bool](p, `document.querySelector('.notice, main > .none') !== null`); p.open(path) {
			if time.Now().After(end) {
				p.Fatalf("%s is not worked out", path)
			}
			p.do(chromedp.Sleep(200 * time.Millisecond))
		}
	}
}

// press presses keys one after the other.
func (p *person) press(keys ...string) {
	p.Helper()
	for _, k := range keys {
		p.do(chromedp.KeyEvent(k))
	}
}

// enter presses Enter as a keyboard does: it breaks the line unless the page takes
// it for something else. press types a line break even so.
func (p *person) enter() {
	p.Helper()
	p.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
			k := input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13}
			if kind == input.DispatchKeyEventTypeKeyDown {
				k.Text = "\r"
			}
			if _, err := cdp.Call(ctx, tab, input.DispatchKeyEvent, k); err != nil {
				return err
			}
		}
		return nil
	}))
}

// tab presses Tab until what has the focus says so, and then enter.
func (p *person) tab(text string) {
	p.Helper()
	for range 200 {
		p.press(kb.Tab)
		if strings.HasPrefix(ask[string](p, focus), text) {
			return
		}
	}
	p.Fatalf("Tab never comes to %q on %q", text, p.heading())
}

// focus is what a screen reader would say of what has the focus.
const focus = `(e => e.labels?.[0]?.textContent || e.textContent.trim() || e.id)(document.activeElement)`
