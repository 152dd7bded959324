// While somebody types a rule, the server is asked of whom it is true. The last
// question counts: those before it are called off, and their answers dropped.
// Without this script the button under the rule asks the same.
(() => {
	const form = document.getElementById('editor'), out = document.getElementById('look');
	const said = document.getElementById('said'), of = document.getElementById('of');
	let asked = 0, underway, timer;

	const tell = text => { if (said.textContent !== text) said.textContent = text; };

	const look = async () => {
		const mine = ++asked;
		clearTimeout(timer);
		underway?.abort();
		underway = new AbortController();
		out.setAttribute('aria-busy', 'true');
		try {
			const answer = await fetch('/segments/look', {method: 'POST', body: new URLSearchParams(new FormData(form)), signal: underway.signal});
			const html = await answer.text();
			if (mine !== asked) return;
			if (!answer.ok) {
				tell(new DOMParser().parseFromString(html, 'text/html').querySelector('main p')?.textContent ?? 'That did not work.');
				said.classList.remove('unseen');
				return;
			}
			const pressed = out.contains(document.activeElement) ? document.activeElement.value : null;
			out.innerHTML = html;
			if (pressed) (out.querySelector(`button[value="${CSS.escape(pressed)}"]`) ?? form.elements.rule).focus();
			said.classList.add('unseen');
			tell(out.querySelector('[data-said]')?.textContent ?? '');
		} catch (e) {
			if (mine !== asked || e.name === 'AbortError') return;
			tell('The program does not answer. What you typed is still here.');
			said.classList.remove('unseen');
		} finally {
			if (mine === asked) out.removeAttribute('aria-busy');
		}
	};

	form.elements.rule.addEventListener('input', () => {
		clearTimeout(timer);
		timer = setTimeout(look, 150);
	});
	form.addEventListener('submit', e => {
		const by = e.submitter;
		if (by?.name === 'who') of.value = by.value;
		else if (by?.name !== 'do' || by.value !== 'look') return;
		e.preventDefault();
		look();
	});
})();
