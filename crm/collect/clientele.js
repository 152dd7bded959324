// Clientele tells the shop what happens on its pages. It sets no cookie, and
// keeps in the browser only what could not be sent yet.
(function (w, d) {
  'use strict';
  var me = d.currentScript || d.querySelector('script[src*="/clientele"]');
  var url = new URL('events', me.src).href, early = (w.clientele || {}).q || [];
  var key = 'clientele', self = random(), mem = [], flying = {}, say = null;
  var busy, timer, failed = 0, most = 50;
  var ok = keep('get', key + '.ok');
  // Null is not asked yet.
  ok = ok ? ok === 'yes' : !CONSENT_FIRST || null;
  if (DNT && w.navigator.doNotTrack === '1') ok = false;

  function random() {
    var s = '';
    w.crypto.getRandomValues(new Uint8Array(12)).forEach(b => { s += (b + 256).toString(16).slice(1); });
    return s;
  }
  // Storage may be full, blocked or absent.
  function keep(verb, name, value) {
    try { return w.localStorage[verb + 'Item'](name, value); } catch (e) { return null; }
  }
  function stored() {
    try { var s = JSON.parse(keep('get', key)); if (s.q.length) return s; } catch (e) {}
    return { c: self, q: [] };
  }
  // What is here, and what other pages left.
  function all() {
    var seen = {};
    return stored().q.concat(mem).filter(e => e && e.id && !seen[e.id] && (seen[e.id] = 1)).slice(-1000);
  }
  function store(list) {
    if (list.length) keep('set', key, JSON.stringify({ c: stored().c, q: list }));
    else keep('remove', key);
  }
  function add(name, params) {
    if (ok === false) return;
    var now = Date.now(), event = { id: now.toString(36) + random(), name: name, params: params || {}, time: now };
    // What the page changes later was not so now; and what cannot be written, as
    // it holds itself, is not to stop the page or what else is to be sent.
    try { mem.push(JSON.parse(JSON.stringify(event))); } catch (e) { return warn(e); }
    if (mem.length > 1000) mem.shift();
    if (ok) store(all());
    later(300);
  }
  function consent(state, version) {
    ok = state === 'granted';
    keep('set', key + '.ok', ok ? 'yes' : 'no');
    if (!ok) mem = [];
    store(ok ? all() : []);
    say = { analytics: state, text_version: version };
    later(0);
  }
  function view() {
    add('page_view', { page_location: w.location.href, page_title: d.title, page_referrer: d.referrer });
  }
  function warn(text) { w.console.warn('clientele: ' + text); }
  function later(ms) {
    if (!busy && !failed) { clearTimeout(timer); timer = setTimeout(send, ms); }
  }
  function body(events) {
    return JSON.stringify({ client_id: stored().c, sent_at: Date.now(), consent: say || undefined, events: events });
  }
  function send() {
    var list = ok ? all().slice(0, most) : [], said = say;
    if (busy || d.prerendering || !list.length && !said) return;
    var text = body(list), wait = 0;
    busy = true;
    list.forEach(e => { flying[e.id] = 1; });
    // Browsers take 64 KiB at most with keepalive, and a character has up to 3 bytes.
    w.fetch(url, { method: 'POST', body: text, credentials: 'include', keepalive: text.length < 2e4 }).then(r => {
      if (!r.ok && r.status !== 400 && r.status !== 413) {
        wait = +r.headers.get('Retry-After') || 1;
        throw r.status;
      }
      return r.text().then(t => {
        failed = 0;
        // What is refused as a whole is sent in parts, lest one spoils the others.
        if (!r.ok && list.length > 1 && t.indexOf('"results"') < 0) {
          most = list.length >> 1;
          return;
        }
        if (t.indexOf('"rejected":0') < 0 || !r.ok) warn(t);
        most = Math.min(50, most * 2);
        var left = e => list.every(sent => sent.id !== e.id);
        mem = mem.filter(left);
        store(stored().q.filter(left));
        if (say === said) say = null;
      });
    }).catch(() => {
      failed++;
      wait = Math.max(wait, Math.min(300, Math.pow(2, failed))) * (0.75 + Math.random() / 2);
    }).then(() => {
      busy = false;
      flying = {};
      clearTimeout(timer);
      if (wait || all().length && ok || say) timer = setTimeout(send, wait * 1000);
    });
  }
  // No answer is waited for: what is kept is sent again, and known.
  function leave() {
    var list = ok ? all().filter(e => !flying[e.id]).slice(0, most) : [];
    if (!w.navigator.sendBeacon) return;
    while (list.length || say) {
      if (w.navigator.sendBeacon(url, body(list)) || !list.length) break;
      list.length >>= 1;
    }
    list.forEach(e => { flying[e.id] = 1; });
  }
  function start() {
    if (me.getAttribute('data-auto') !== 'off') view();
    later(0);
  }

  w.clientele = function (name, a, b) { name === 'consent' ? consent(a, b) : name === 'page_view' && !a ? view() : add(name, a); };
  w.addEventListener('pagehide', leave);
  d.addEventListener('visibilitychange', () => { if (d.hidden) leave(); });
  w.addEventListener('pageshow', e => { if (e.persisted) start(); });
  w.addEventListener('online', () => { failed = 0; later(0); });
  if (d.prerendering) d.addEventListener('prerenderingchange', start, { once: true });
  else start();
  early.forEach(args => w.clientele.apply(null, args));
})(window, document);
