// Clientele tells the shop what happens on its pages. It sets no cookie, and
// keeps in the browser only what could not be sent yet.
(function (w, d) {
  'use strict';
  var me = d.currentScript || d.querySelector('script[src*="/clientele"]');
  var url = new URL('events', me.src).href, early = (w.clientele || {}).q || [];
  var key = 'clientele', self = random(), mem = [], flying = {}, say = null;
  var busy, timer, failed = 0, most = 50;
  var ok = keep('get', key + '.ok');
  ok = ok ? ok === 'yes' : !CONSENT_FIRST || null; // null: not asked yet
  if (DNT && w.navigator.doNotTrack === '1') ok = false;

  function random() {
    var s = '';
    w.crypto.getRandomValues(new Uint8Array(12)).forEach(function (b) { s += (b + 256).toString(16).slice(1); });
    return s;
  }
  function keep(verb, name, value) { // storage may be full, blocked or absent
    try { return w.localStorage[verb + 'Item'](name, value); } catch (e) { return null; }
  }
  function stored() {
    try { var s = JSON.parse(keep('get', key)); if (s.q.length) return s; } catch (e) { /* none, or broken */ }
    return { c: self, q: [] };
  }
  function all() { // what is here and what other pages left
    var seen = {};
    return stored().q.concat(mem).filter(function (e) {
      return e && e.id && !seen[e.id] && (seen[e.id] = 1);
    }).slice(-1000);
  }
  function store(list) {
    if (list.length) keep('set', key, JSON.stringify({ c: stored().c, q: list }));
    else keep('remove', key);
  }
  function add(name, params) {
    if (ok === false) return;
    var now = Date.now();
    mem.push({ id: now.toString(36) + random(), name: name, params: params || {}, time: now });
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
  function later(ms) {
    if (!busy && !failed) { clearTimeout(timer); timer = setTimeout(send, ms); }
  }
  function body(events) {
    return JSON.stringify({ client_id: stored().c, sent_at: Date.now(), consent: say || undefined, events: events });
  }
  function send() {
    var list = ok ? all().slice(0, most) : [], said = say;
    if (busy || d.prerendering || !list.length && !said) return;
    busy = true;
    list.forEach(function (e) { flying[e.id] = 1; });
    var text = body(list), wait = 0;
    w.fetch(url, { method: 'POST', body: text, credentials: 'include', keepalive: text.length < 3e4 }).then(function (r) {
      if (r.ok || r.status === 400 || r.status === 413 && most === 1) {
        var gone = {};
        list.forEach(function (e) { gone[e.id] = 1; });
        var left = function (e) { return !gone[e.id]; };
        mem = mem.filter(left);
        store(stored().q.filter(left));
        if (say === said) say = null;
        if (r.status >= 400) r.text().then(function (t) { w.console.warn('clientele: ' + t); });
        failed = 0;
      } else if (r.status === 413) {
        most = Math.ceil(most / 2);
      } else {
        wait = +r.headers.get('Retry-After') || 1;
        throw r.status;
      }
    }).catch(function () {
      failed++;
      wait = Math.max(wait, Math.min(300, Math.pow(2, failed))) * (0.75 + Math.random() / 2);
    }).then(function () {
      busy = false;
      flying = {};
      clearTimeout(timer);
      if (wait || all().length && ok || say) timer = setTimeout(send, wait * 1000);
    });
  }
  function leave() { // no answer is waited for: what is kept is sent again, and known
    var list = ok ? all().filter(function (e) { return !flying[e.id]; }).slice(0, most) : [];
    if ((list.length || say) && w.navigator.sendBeacon) w.navigator.sendBeacon(url, body(list));
  }
  function start() {
    if (me.getAttribute('data-auto') !== 'off') view();
    later(0);
  }

  w.clientele = function (name, a, b) { name === 'consent' ? consent(a, b) : add(name, a); };
  w.addEventListener('pagehide', leave);
  w.addEventListener('pageshow', function (e) { if (e.persisted) start(); });
  w.addEventListener('online', function () { failed = 0; later(0); });
  if (d.prerendering) d.addEventListener('prerenderingchange', start, { once: true });
  else start();
  early.forEach(function (args) { w.clientele.apply(null, args); });
})(window, document);
