// While somebody types a rule, the server is asked of whom it is true, and what
// could stand next. The last question counts: those before it are called off, and
// their answers dropped. Without this script the button under the rule asks whom.
(() => {
	const form = document.getElementById('editor'), out = document.getElementById('look');
	const said = document.getElementById('said'), of = document.getElementById('of');
	const rule = document.getElementById('rule'), offers = document.getElementById('offers');

	const tell = text => { if (said.textContent !== text) said.textContent = text; };

	// asker asks a path with what the form holds. It gives undefined when something
	// was asked since.
	const asker = path => {
		let asked = 0, underway;
		return async more => {
			const mine = ++asked;
			underway?.abort();
			underway = new AbortController();
			try {
				const body = new URLSearchParams([...new FormData(form), ...Object.entries(more ?? {})]);
				const answer = await fetch(path, {method: 'POST', body, signal: underway.signal});
				const html = await answer.text();
				return mine === asked ? {ok: answer.ok, html} : undefined;
			} catch (e) {
				return mine === asked && e.name !== 'AbortError' ? {ok: false, html: ''} : undefined;
			}
		};
	};

	// Of whom is it true?
	const whom = asker('/segments/look');
	let timer;
	const look = async () => {
		clearTimeout(timer);
		out.setAttribute('aria-busy', 'true');
		const answer = await whom();
		if (!answer) return;
		out.removeAttribute('aria-busy');
		said.classList.toggle('unseen', answer.ok);
		if (!answer.ok) {
			tell(new DOMParser().parseFromString(answer.html, 'text/html').querySelector('main p')?.textContent ?? 'The program does not answer. What you typed is still here.');
			return;
		}
		const pressed = out.contains(document.activeElement) ? document.activeElement.value : null;
		out.innerHTML = answer.html;
		if (pressed) (out.querySelector(`button[value="${CSS.escape(pressed)}"]`) ?? rule).focus();
		tell(out.querySelector('[data-said]')?.textContent ?? '');
	};

	// What could stand next? The arrows choose, Enter and Tab take, Escape refuses.
	const next = asker('/segments/offers');
	let chosen = -1, length = 0; // of the rule when they were asked for
	const close = () => {
		offers.hidden = true;
		offers.replaceChildren();
		choose(-1);
	};
	const choose = n => { // -1 is none of them
		const list = [...offers.children];
		chosen = n < list.length ? n : -1;
		list.forEach((e, i) => e.setAttribute('aria-selected', i === chosen));
		list[chosen]?.scrollIntoView({block: 'nearest'});
		if (chosen < 0) rule.removeAttribute('aria-activedescendant');
		else rule.setAttribute('aria-activedescendant', list[chosen].id);
	};
	const offer = async () => {
		const then = rule.value.length, answer = await next({at: rule.selectionStart});
		if (!answer) return;
		if (!answer.ok || document.activeElement !== rule) return close();
		const was = offers.children[chosen]?.dataset.text;
		offers.innerHTML = answer.html;
		offers.hidden = !offers.children.length;
		length = then;
		choose([...offers.children].findIndex(e => e.dataset.text === was));
	};
	const take = e => {
		const from = +e.dataset.from, to = +e.dataset.to + rule.value.length - length; // more of the word may have been typed since
		const text = e.dataset.text, gap = /[.(]$/.test(text) || /^[\s)]/.test(rule.value.slice(to)) ? '' : ' ';
		rule.focus();
		rule.setSelectionRange(from, to);
		if (!document.execCommand('insertText', false, text + gap)) { // which can be undone
			rule.setRangeText(text + gap, from, to, 'end');
			rule.dispatchEvent(new Event('input'));
		}
	};

	rule.addEventListener('input', () => {
		clearTimeout(timer);
		timer = setTimeout(look, 150);
		offer();
	});
	rule.addEventListener('keydown', e => {
		if (e.key === ' ' && e.ctrlKey) { e.preventDefault(); offer(); return; }
		if (offers.hidden || e.isComposing) return;
		if (e.key === 'ArrowDown') choose(chosen + 1);
		else if (e.key === 'ArrowUp') choose(chosen < 0 ? offers.children.length - 1 : chosen - 1);
		else if (e.key === 'Escape') close();
		else if ((e.key === 'Enter' || e.key === 'Tab') && chosen >= 0) take(offers.children[chosen]);
		else { if (['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(e.key)) close(); return; }
		e.preventDefault();
	});
	rule.addEventListener('blur', close);
	offers.addEventListener('mousedown', e => {
		const option = e.target.closest('[data-text]');
		e.preventDefault(); // the rule keeps the focus
		if (option) take(option);
	});
	form.addEventListener('submit', e => {
		const by = e.submitter;
		if (by?.name === 'who') of.value = by.value;
		else if (by?.name !== 'do' || by.value !== 'look') return;
		e.preventDefault();
		look();
	});
})();
