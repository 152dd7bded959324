package main

import (
	"context"
	"image/color"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestPicture keeps pictures of pages as a real browser draws them, in the
// folder CLIENTELE_ARTIFACTS, else in that of go test -artifacts. The module
// browsertest sits before the browser and uses the pages.
func TestPicture(t *testing.T) {
	var browser string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			browser = p
			break
		}
	}
	if browser == "" {
		t.Skip("skipped: NO BROWSER: this test wants chromium on PATH (on Debian: apt-get install chromium)")
	}
	dir := os.Getenv("CLIENTELE_ARTIFACTS")
	if dir == "" {
		dir = t.ArtifactDir()
	}
	book := shop(t, demoCustomers)
	d := sit(t, book)
	pairs, _, err := d.twins.page(t.Context(), "")
	if err != nil || len(pairs) == 0 {
		t.Fatalf("%d pairs: %v", len(pairs), err)
	}
	if err := d.foresight.warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.roster.Include(t.Context(), "vip", ref(t, book, "ada").ID, ref(t, book, "george").ID); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{
		"start": "/", "search": "/search?q=marshall", "customer": customerPath(ref(t, book, "ada").ID), "duplicates": "/duplicates",
		"merge": mergePath(pairs[0].A.ID, pairs[0].B.ID), "quality": "/quality", "next": customerPath(ref(t, book, "ada").ID) + "/next", "products": "/products", "product": productPath(bought(t, book).ID),
		"segments": "/segments", "segment": "/segments/at_risk", "editor": "/segments/at_risk/edit", "groups": "/groups", "hand": "/segments/vip/hand?q=marshall", "lookalike": "/segments/vip/lookalike", "standing": customerPath(ref(t, book, "ada").ID) + "/segments",
	}
	names := slices.Sorted(maps.Keys(pages))
	if testing.Short() {
		names = names[:2]
	}
	for _, name := range names {
		file := filepath.Join(dir, "page-"+name+".png")
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		cmd := exec.CommandContext(ctx, browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
			"--disable-background-networking", "--user-data-dir="+t.TempDir(), "--window-size=1280,1600", "--screenshot="+file, d.url+pages[name])
		cmd.WaitDelay = 5 * time.Second
		out, err := cmd.CombinedOutput()
		cancel()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		colors := map[color.Color]bool{}
		for y := range 800 {
			for x := range 1280 {
				colors[picture.At(x, y)] = true
			}
		}
		if b := picture.Bounds(); b.Dx() != 1280 || b.Dy() != 1600 || len(colors) < 50 {
			t.Errorf("%s: a picture of %v in %d colors, want 1280 by 1600 in many", name, b, len(colors))
		}
	}
}
