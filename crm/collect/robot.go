package collect

import (
	"net/http"
	"strings"
)

// robots are words by which programs that read pages name themselves.
var robots = []string{
	"bot", "crawl", "spider", "slurp", "mediapartners", "facebookexternalhit", "embedly", "quora link preview", "whatsapp/",
	"bingpreview", "lighthouse", "pagespeed", "gtmetrix", "pingdom", "uptime", "statuscake", "site24x7", "datadog/synthetics",
	"feedfetcher", "phantomjs", "scrapy", "python-requests", "python-urllib", "wget/", "ia_archiver", "archive.org",
}

// phones that have one of these words in their names.
var notRobots = []string{"cubot"}

// robot reports whether nobody looks at the page that a request comes from: a
// program reads it, or the browser loads it in case somebody will.
func (h *Handler) robot(r *http.Request) bool {
	agent := strings.ToLower(r.UserAgent())
	for _, word := range notRobots {
		agent = strings.ReplaceAll(agent, word, "")
	}
	for _, word := range robots {
		if strings.Contains(agent, word) {
			return true
		}
	}
	if h.opts.DropHeadless && strings.Contains(agent, "headless") {
		return true
	}
	ahead := strings.ToLower(r.Header.Get("Sec-Purpose") + " " + r.Header.Get("Purpose") + " " + r.Header.Get("X-Purpose") + " " + r.Header.Get("X-Moz"))
	return strings.Contains(ahead, "prefetch") || strings.Contains(ahead, "prerender") || strings.Contains(ahead, "preview")
}
