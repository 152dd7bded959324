package collect

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// address returns where a request comes from: the connection's other end or,
// behind the shop's own proxies, whom the first of them was called by. What a
// sender writes into X-Forwarded-For is not believed: only what these proxies
// added to its end. It is the zero Addr when that is not known.
func (h *Handler) address(r *http.Request) netip.Addr {
	peer, known := parseAddr(r.RemoteAddr)
	if len(h.opts.Proxies) == 0 || known && !h.proxy(peer) { // a socket of this machine has none, and is a proxy
		return peer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, ok := parseAddr(strings.TrimSpace(hop))
		if !ok {
			return peer
		}
		if peer = addr; !h.proxy(peer) {
			return peer
		}
	}
	return peer
}

func (h *Handler) proxy(a netip.Addr) bool {
	return slices.ContainsFunc(h.opts.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

func parseAddr(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap().WithZone(""), err == nil
}

// household is what shares a limit with an address: of IPv6, a /64 is one
// connection's. It is "" when the address is not known.
func household(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
