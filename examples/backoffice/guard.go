package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// A guard stands before the pages. It answers only browsers that call the
// server by a name of its own, so that no page elsewhere can have its name
// point here; it takes forms only from its own pages; and it tells browsers to
// load nothing from anywhere else.
type guard struct {
	hosts      []string // further names, in lower case
	anyAddress bool     // every IP address is a name of ours; else those of this machine only
	secret     []byte   // of the tokens; another one each time the program starts
	cross      *http.CrossOriginProtection
}

// cookie is the name of the cookie that holds the session.
const cookie = "backoffice"

// policy lets a page use the style sheet and the icon, and send forms back, and
// nothing else; see scripted.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// scripted is added to the policy of a page that asks the server while somebody
// types: the server's own script runs there, and asks the server only.
const scripted = "; script-src 'self'; connect-src 'self'"

func newGuard(hosts []string, anyAddress bool) *guard {
	g := &guard{anyAddress: anyAddress, secret: make([]byte, 32), cross: http.NewCrossOriginProtection()}
	rand.Read(g.secret) // never fails
	for _, h := range hosts {
		g.hosts = append(g.hosts, strings.ToLower(h))
	}
	return g
}

// headers are those of every answer. The referrer stays within the site, where
// it may: browsers that know no Sec-Fetch-Site then name an Origin.
func (g *guard) headers(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
}

// knows reports whether a Host header names this server.
func (g *guard) knows(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return g.anyAddress || addr.Unmap().IsLoopback()
	}
	return host == "localhost" || slices.Contains(g.hosts, host)
}

// session returns the session that a request is of, "" for none.
func (g *guard) session(r *http.Request) string {
	c, err := r.Cookie(cookie)
	if err != nil || len(c.Value) != 26 {
		return ""
	}
	return c.Value
}

// begin begins a session with whoever has none, and returns it.
func (g *guard) begin(w http.ResponseWriter, r *http.Request) string {
	if s := g.session(r); s != "" {
		return s
	}
	s := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: s, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil})
	return s
}

// token is what the forms of a session carry, and no other page can know.
func (g *guard) token(session string) string {
	mac := hmac.New(sha256.New, g.secret)
	mac.Write([]byte(session))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// admits reports whether a form comes from a page of this server that was
// shown in the session of the request.
func (g *guard) admits(r *http.Request) bool {
	s := g.session(r)
	return g.cross.Check(r) == nil && s != "" && hmac.Equal([]byte(g.token(s)), []byte(r.PostFormValue("token")))
}
