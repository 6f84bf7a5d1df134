// What a form gains with JavaScript: questions that depend on others come and go, input survives a closed tab or a
// lost connection, and progress shows. Each part may fail alone: the form underneath works without any of them.
const form = document.querySelector('form[data-draft]');
const say = (key, args = {}) => (form.dataset['say' + key[0].toUpperCase() + key.slice(1)] || '')
  .replace(/\{(\w+)\}/g, (all, name) => args[name] ?? all);
const each = (selector, f, root = form) => root.querySelectorAll(selector).forEach(f);
const attempt = (f) => { try { return f(); } catch { return undefined; } };
const make = (name, className, text = '') => {
  const e = document.createElement(name);
  e.className = className;
  e.textContent = text;
  return e;
};

// values are the answers to one question as the form holds them now; a hidden question has none.
function values(link) {
  return [...form.elements]
    .filter((c) => c.name === 'q.' + link && !c.disabled && (!/radio|checkbox/.test(c.type) || c.checked))
    .map((c) => c.value.trim()).filter((v) => v !== '');
}

function holds({ q, op, v, n }) {
  if (![...form.elements].some((c) => c.name === 'q.' + q)) return true; // not asked here: the server decides
  const given = values(q);
  if (op === 'exists') return (given.length > 0) === (v === 'true');
  const [to, of] = n ? [Number(v), (x) => Number(x.replace(',', '.'))] : [v, (x) => x];
  const fits = {
    '=': (x) => of(x) === to, '!=': (x) => of(x) === to, '>': (x) => of(x) > to, '<': (x) => of(x) < to,
    '>=': (x) => of(x) >= to, '<=': (x) => of(x) <= to,
  }[op];
  return !fits || given.some(fits) !== (op === '!=');
}

// branch shows the questions that are asked now. Conditions point backwards, so one pass in document order settles all.
function branch() {
  each('[data-when]', (e) => {
    const { any, c = [], under, is } = JSON.parse(e.dataset.when);
    const given = under ? values(under) : [];
    const on = (!under || (is === undefined ? given.length > 0 : given.includes(is))) && (c.length === 0 || (any ? c.some(holds) : c.every(holds)));
    if (e.hidden === !on) return;
    e.hidden = !on;
    each('input,select,textarea', (control) => { control.disabled = !!control.closest('[hidden]'); }, e);
  });
}

function unbranch() {
  form.classList.remove('js');
  each('[data-when]', (e) => { e.hidden = false; });
  each(':disabled', (control) => { control.disabled = false; });
}

let bar;
function progress() {
  const shown = [...form.querySelectorAll('[data-q]:not([data-q=""])')].filter((e) => !e.closest('[hidden]'));
  if (shown.length < 3) return;
  if (!bar) {
    bar = make('div', 'prog');
    bar.append(make('span', ''), document.createElement('progress'));
    bar.lastChild.setAttribute('aria-hidden', 'true');
    form.prepend(bar);
  }
  const done = shown.filter((e) => values(e.dataset.q).length > 0).length;
  bar.firstChild.textContent = say('progress', { done, all: shown.length });
  Object.assign(bar.lastChild, { max: shown.length, value: done });
}

// The draft: what was filled in, under the id of the submission that it will be.
const place = form?.dataset.draft ? 'tellback:' + form.dataset.draft : '';
const fresh = 3 * 24 * 3600 * 1000; // milliseconds; an older draft is somebody's last month
const fixed = ['sid', 'version'];
let draft = { flags: {} };
const hasFiles = () => [...form.elements].some((c) => c.type === 'file' && c.files.length > 0);
function keep(flags = {}) {
  if (!place) return false;
  return attempt(() => {
    Object.assign(draft.flags, flags, { files: hasFiles() });
    // Empty lines count too: they say in which of several the others were.
    const filled = [...new FormData(form)].filter(([name, v]) => !fixed.includes(name) && typeof v === 'string' && (v !== '' || form.querySelectorAll(`[data-place] [name="${CSS.escape(name)}"]`).length > 1));
    const hidden = new Set([...form.elements].filter((c) => c.type === 'hidden').map((c) => c.name));
    if (!filled.some(([name, v]) => v !== '' && !hidden.has(name)) && !draft.flags.queued) {
      localStorage.removeItem(place);
      return true;
    }
    localStorage.setItem(place, JSON.stringify({ at: Date.now(), sid: form.elements.sid.value, flags: draft.flags, filled }));
    return true;
  }) || false;
}
const forget = () => attempt(() => localStorage.removeItem(place));

function restore() {
  const found = attempt(() => JSON.parse(localStorage.getItem(place)));
  if (!found || !(Date.now() - found.at < fresh) || !/^[a-z2-9]{26}$/.test(found.sid)) return false;
  form.elements.sid.value = found.sid;
  draft = { flags: found.flags || {} };
  const filled = new Map();
  for (const [name, v] of found.filled) filled.set(name, [...(filled.get(name) || []), v]);
  form.dispatchEvent(new CustomEvent('fill', { detail: filled }));
  for (const c of form.elements) {
    const given = filled.get(c.name);
    if (!c.name || fixed.includes(c.name) || /hidden|submit|button|file/.test(c.type)) continue;
    if (/radio|checkbox/.test(c.type)) c.checked = given ? given.includes(c.value) : c.value === '' && c.defaultChecked;
    else if (given?.length) c.value = given.shift(); // several lines have one name
  }
  return true;
}

function explain(restored) {
  const line = make('p', 'kept', say(restored ? 'restored' : 'kept'));
  if (restored) {
    const clear = make('button', 'quiet', say('fresh'));
    clear.type = 'button';
    clear.addEventListener('click', () => { forgotten = true; forget(); location.reload(); });
    line.append(clear);
  }
  form.before(line);
}
let forgotten = false;

const status = form?.querySelector('[data-status]');
const button = form?.querySelector('[data-send]');
function tell(key, off = false) {
  status.textContent = key ? say(key) : '';
  status.classList.toggle('off', off);
}

let busy = false;
let queued = 0;
let wait = 5000;
function free() {
  busy = false;
  button.removeAttribute('aria-disabled');
}

// later keeps the answers and tries again: when the phone says that it is online, and now and then anyway.
function later() {
  free();
  keep({ queued: true });
  tell('waiting', true);
  clearTimeout(queued);
  queued = setTimeout(send, wait);
  wait = Math.min(wait * 2, 60000);
}

async function send() {
  if (busy) return;
  clearTimeout(queued);
  busy = true;
  button.setAttribute('aria-disabled', 'true');
  keep({ sending: true });
  tell(draft.flags.queued ? 'again' : 'sending');
  if (navigator.onLine === false) return later();
  let answer;
  try {
    const data = new FormData(form);
    const multipart = form.enctype === 'multipart/form-data';
    const signal = AbortSignal.timeout ? AbortSignal.timeout(multipart ? 120000 : 25000) : undefined;
    const body = multipart ? data : new URLSearchParams(data);
    answer = await fetch(form.action, { method: 'POST', body, signal, headers: { Accept: 'application/json' } });
    if (answer.status === 201) {
      const { to } = await answer.json();
      forgotten = true;
      forget();
      return location.assign(to);
    }
  } catch {
    return later();
  }
  if (answer.status >= 500 || answer.status === 429) return later();
  draft.flags = {};
  keep();
  return HTMLFormElement.prototype.submit.call(form); // the server's own page says what is wrong
}

function changed(event) {
  const c = event?.target;
  if (c?.type === 'checkbox' && c.checked && c.closest('.opts')) {
    each('input[type=checkbox]', (o) => {
      if (o !== c && o.name === c.name && (c.hasAttribute('data-alone') || o.hasAttribute('data-alone'))) o.checked = false;
    }, c.closest('.opts'));
  }
  try { branch(); } catch { unbranch(); }
  attempt(progress);
}

function left(area) {
  const line = make('p', 'help', '');
  const count = () => { line.textContent = say('left', { left: area.maxLength - area.value.length }); };
  area.after(line);
  area.addEventListener('input', count);
  if (area.value) count();
}

const sent = (e) => !/^(add|drop)$/.test(e.submitter?.name ?? ''); // and not a button for another place, should its script have failed

function start() {
  const restored = place && !form.dataset.kept && attempt(restore);
  const lost = restored && draft.flags.files; // no draft keeps a file
  form.classList.add('js');
  changed();
  form.addEventListener('input', changed);
  form.addEventListener('change', changed);
  each('textarea[data-left]', left);
  form.addEventListener('grown', ({ detail }) => { each('textarea[data-left]', left, detail); changed(); });
  document.querySelector('[data-errors]')?.focus();
  if (!place) {
    form.addEventListener('submit', (e) => {
      if (!sent(e)) return;
      if (busy) e.preventDefault();
      busy = true;
      button.setAttribute('aria-disabled', 'true');
    });
    addEventListener('pageshow', free);
    return;
  }
  if (keep(form.dataset.kept ? { queued: false, sending: false } : {})) explain(restored);
  let soon = 0;
  form.addEventListener('input', () => { clearTimeout(soon); soon = setTimeout(keep, 250); });
  form.addEventListener('submit', (e) => {
    if (!sent(e)) return;
    e.preventDefault(); wait = 5000;
    send();
  });
  addEventListener('pagehide', () => { if (!forgotten) keep(); });
  addEventListener('pageshow', (e) => { if (e.persisted) { forgotten = false; free(); tell(''); } });
  addEventListener('online', () => { if (draft.flags.queued) send(); });
  if (lost) tell('files', true);
  else if (restored && draft.flags.queued) send();
}
if (form) start();
