// Places are added and taken away without asking the server, so that it works where there is no reception. The page brings a blank one of
// each in a <template>. Names in it are those of the second place ("dose~2"); the number at the right level is replaced. Without this
// the same buttons send the form, and the page comes again.
const form = document.querySelector('form[data-draft]');
const say = (key, args = {}) => (form.dataset['say' + key[0].toUpperCase() + key.slice(1)] || '')
  .replace(/\{(\w+)\}/g, (all, name) => args[name] ?? all);
const places = (rep) => [...rep.children].filter((e) => e.matches('[data-place]'));
const own = (place, selector) => [...place.querySelectorAll(selector)].filter((e) => e.closest('[data-place]') === place);

const heard = document.createElement('p');
heard.className = 'hide';
heard.setAttribute('role', 'status');
form?.append(heard);

// moved is a linkId with its position at a level replaced: "dose~2.3" at level 0 to 3 is "dose~3.3". Where all are 1 there are none.
function moved(link, level, to) {
  const at = /^(.*)~(\d+(?:\.\d+)*)$/s.exec(link);
  const positions = at?.[2].split('.').map(Number);
  if (!at || positions.length <= level) return link;
  positions[level] = to;
  return at[1] + (positions.some((p) => p > 1) ? '~' + positions.join('.') : '');
}

// everything is a node, what is in it, and what is in its templates.
function everything(node) {
  return [node, ...node.querySelectorAll('*')].flatMap((e) => (e.localName === 'template' ? [e, ...[...e.content.children].flatMap(everything)] : [e]));
}

function rename(node, level, to) {
  const link = (s) => moved(s, level, to);
  for (const e of everything(node)) {
    if (e.name === 'add') e.value = link(e.value);
    else if (e.name === 'drop') e.value = e.value.replace(/ .*/s, (rest) => ' ' + link(rest.slice(1)));
    else if (/^[qouna]\./.test(e.name ?? '')) e.name = e.name.slice(0, 2) + link(e.name.slice(2));
    for (const key of ['q', 'rep']) if (e.dataset.hasOwnProperty(key)) e.dataset[key] = link(e.dataset[key]);
    if (e.dataset.when) {
      const when = JSON.parse(e.dataset.when);
      if (when.under) when.under = link(when.under);
      for (const c of when.c ?? []) c.q = link(c.q);
      e.dataset.when = JSON.stringify(when);
    }
  }
}

let made = 0;
function fresh(template, level, position) {
  const node = template.content.cloneNode(true).firstElementChild;
  made += 1;
  rename(node, level, position);
  for (const e of everything(node)) {
    for (const name of ['id', 'for', 'list', 'aria-labelledby', 'aria-describedby']) {
      if (e.hasAttribute(name)) e.setAttribute(name, e.getAttribute(name).split(' ').map((id) => id + '-m' + made).join(' '));
    }
  }
  return node;
}

function number(rep) {
  const all = places(rep);
  const { rep: link, least, most } = rep.dataset;
  all.forEach((place, n) => {
    own(place, '[data-nth]').forEach((e) => { e.textContent = n + 1; });
    own(place, 'button[name=drop]').forEach((b) => { b.value = (n + 1) + ' ' + link; b.hidden = all.length <= least; });
  });
  rep.querySelector(':scope>input[type=hidden]').value = all.length;
  rep.querySelector(':scope>.more>button').hidden = all.length >= most;
}

const told = (of) => form.dispatchEvent(new CustomEvent('grown', { detail: of }));
const changed = () => form.dispatchEvent(new Event('input', { bubbles: true }));

function add(rep) {
  const template = rep.querySelector(':scope>template');
  const place = fresh(template, Number(rep.dataset.level), places(rep).length + 1);
  template.before(place);
  number(rep);
  told(place);
  return place;
}

function drop(rep, place) {
  const level = Number(rep.dataset.level);
  const after = places(rep).slice(places(rep).indexOf(place) + 1);
  let to = places(rep).indexOf(place) + 1;
  place.remove();
  for (const next of after) rename(next, level, to++);
  number(rep);
}

const name = (place) => own(place, 'legend,label')[0]?.textContent.trim() ?? '';

form?.addEventListener('click', (e) => {
  const button = e.target.closest('button[name=add],button[name=drop]');
  if (!button) return;
  const rep = button.closest('[data-rep]');
  e.preventDefault();
  if (button.name === 'add') {
    const place = add(rep);
    (place.matches('fieldset') ? place : place.querySelector('input,textarea')).focus();
    heard.textContent = say('added', { what: name(place) });
  } else {
    drop(button.closest('[data-place]').parentElement, button.closest('[data-place]'));
    rep.querySelector(':scope>.more>button').focus();
    heard.textContent = say('removed');
  }
  changed();
});

// about makes the block of questions about an answer that is ticked, if there is none yet; at is its position in names, where it has one.
function about(rep, key, label, at) {
  const template = rep.querySelector(':scope>template');
  const blocks = [...rep.children].filter((e) => e.matches('[data-key]'));
  if (!template || blocks.some((b) => b.dataset.key === key)) return;
  if (blocks.length >= Number(rep.dataset.most)) return; // the server asks
  const taken = blocks.map((b) => parseInt(b.querySelector('input').value, 10));
  const free = at ?? [0, ...taken].sort((a, b) => a - b).map((n) => n + 1).find((n) => !taken.includes(n));
  const block = fresh(template, Number(rep.dataset.level), free);
  block.dataset.key = key;
  block.dataset.when = JSON.stringify({ ...JSON.parse(block.dataset.when), is: key });
  block.querySelector('input').value = free + ' ' + key;
  const legend = block.querySelector('legend');
  legend.textContent = legend.textContent.replace('‹answer›', () => label);
  const order = [...form.elements].filter((c) => c.name === 'q.' + rep.dataset.rep).map((c) => c.value);
  const next = blocks.find((b) => order.indexOf(b.dataset.key) > order.indexOf(key));
  (next ?? template).before(block);
  told(block);
}

const sheets = (link) => [...form.querySelectorAll('.sub[data-rep]')].find((e) => e.dataset.rep === link);
form?.addEventListener('change', (e) => {
  const c = e.target;
  const rep = c.type === 'checkbox' && c.checked && c.name.startsWith('q.') && sheets(c.name.slice(2));
  if (rep) {
    about(rep, c.value, c.closest('label').querySelector('.txt').textContent);
    changed();
  }
});

// What a draft holds needs its places before it can be put back.
form?.addEventListener('fill', ({ detail: filled }) => {
  for (let before = -1; before !== made;) {
    before = made;
    for (const [key, values] of filled) {
      const link = key.slice(2);
      if (key.startsWith('n.')) {
        const rep = [...form.querySelectorAll('[data-rep]:not(.sub)')].find((e) => e.dataset.rep === link);
        while (rep && places(rep).length < Math.min(values[0], rep.dataset.most)) add(rep);
      }
      if (key.startsWith('a.') && sheets(link)) {
        for (const v of values) {
          const [, at, answer] = /^(\d+)(?:\.\d+)? (.*)$/s.exec(v);
          const box = [...form.elements].find((c) => c.name === 'q.' + link && c.value === answer);
          if (box) about(sheets(link), answer, box.closest('label').querySelector('.txt').textContent, Number(at));
        }
      }
    }
  }
});
