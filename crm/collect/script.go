package collect

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strings"
)

//go:embed clientele.js
var source string

// A script is what pages report with, as this handler's options have it.
type script struct {
	text []byte
	tag  string // of its content
	name string // which changes with the content
}

const scriptName = "clientele.js"

func newScript(o *Options) script {
	var lines strings.Builder // without what is for those who read it here
	for line := range strings.Lines(source) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			lines.WriteString(line + "\n")
		}
	}
	text := lines.String()
	for name, on := range map[string]bool{"CONSENT_FIRST": o.ConsentFirst, "DNT": o.DNT} {
		text = strings.ReplaceAll(text, name, map[bool]string{true: "true", false: "false"}[on])
	}
	sum := sha256.Sum256([]byte(text))
	tag := hex.EncodeToString(sum[:8])
	return script{[]byte(text), `"` + tag + `"`, "clientele-" + tag + ".js"}
}

// Script returns the name under which the script may be kept by browsers for
// ever, as it changes with the content: "clientele-0123456789abcdef.js". Under
// clientele.js they ask again after an hour.
func (h *Handler) Script() string { return h.script.name }

// serve answers a GET for a name.
func (s *script) serve(w http.ResponseWriter, r *http.Request, name string) {
	header := w.Header()
	switch {
	case name == s.name:
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	case name == scriptName, strings.HasPrefix(name, "clientele-") && strings.HasSuffix(name, ".js"): // of another release
		header.Set("Cache-Control", "public, max-age=3600")
	default:
		write(w, http.StatusNotFound, &answer{Error: "not found: the script is " + scriptName})
		return
	}
	header.Set("Content-Type", "text/javascript; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Set("ETag", s.tag)
	for tag := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == s.tag || tag == "*" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Write(s.text) // nothing for HEAD: net/http sees to it
}
