package collect

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/seed-9cb3708a/clientele/crm"
)

// A visitor is who sends a request.
type visitor struct {
	device   string // what the book knows them by
	app      bool   // device is an app's, and no cookie
	fresh    bool   // there is no cookie yet
	out      bool   // they said no, and are nobody
	customer crm.CustomerID
}

// optedOut is the cookie of those who said no: the same for all.
const optedOut = "no"

// cookieForm begins what cookies hold, so that their form may change.
const cookieForm = "v1."

// visitor tells who sends a request, and what they are known by from now on.
// What a page made up for itself names somebody without a cookie, so that a
// first request that is sent again, or two at once, are one visitor's.
func (h *Handler) visitor(r *http.Request, b *batch) visitor {
	var v visitor
	if h.opts.Customer != nil {
		if id, ok := h.opts.Customer(r); ok {
			v.customer = id
		}
	}
	switch device, out := h.cookie(r); {
	case b.app != "":
		v.device, v.app = b.app, true
	case out:
		v.out, v.fresh = true, true
		v.device = newDevice()
	case device != "":
		v.device = device
	case b.client != "":
		v.device, v.fresh = cookieForm+digest("client", b.client), true
	default:
		v.device, v.fresh = newDevice(), true
	}
	return v
}

// newDevice returns an id that nobody can guess.
func newDevice() string { return cookieForm + digest("visitor", rand.Text()) }

// cookie reads the visitor's cookie: the device, or that they said no.
func (h *Handler) cookie(r *http.Request) (device string, out bool) {
	c, err := r.Cookie(h.opts.Cookie)
	if err != nil {
		return "", false
	}
	id, ok := strings.CutPrefix(c.Value, cookieForm)
	if !ok || len(id) != 26 || strings.Trim(id, "0123456789abcdefghjkmnpqrstvwxyz") != "" {
		return "", c.Value == optedOut
	}
	return c.Value, false
}

// setCookie gives the visitor a cookie, or takes it away when the value is "".
// Scripts cannot read it.
func (h *Handler) setCookie(w http.ResponseWriter, r *http.Request, value string) {
	age := int(h.opts.CookieAge.Seconds())
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: h.opts.Cookie, Value: value, Path: "/", Domain: h.opts.CookieDomain, MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://") || strings.HasPrefix(r.Referer(), "https://"),
	})
}

// Device returns what the book knows the browser of a request by, and false for
// one that has no cookie of the handler's. A shop that learns who somebody is
// elsewhere, such as at the checkout of a guest, gives it to
// [crm.Identities.Identify] as a [crm.IdentityDevice]; then what they looked at
// before is theirs.
func (h *Handler) Device(r *http.Request) (string, bool) {
	device, _ := h.cookie(r)
	return device, device != ""
}

// Reset makes whoever uses the browser next somebody new: call it when a
// customer signs out. It must be called before the response's body is written.
func (h *Handler) Reset(w http.ResponseWriter, r *http.Request) {
	if device, _ := h.cookie(r); device != "" {
		h.setCookie(w, r, newDevice())
	}
}
