// Sliders, numbers that are counted up and down, and lists that suggest. Underneath each is a plain field that holds the answer and
// works alone, so that an untouched slider is no answer, and drafts and retries need to know nothing of this.
const form = document.querySelector('form[data-draft]');
const say = (key, args = {}) => (form.dataset['say' + key[0].toUpperCase() + key.slice(1)] || '')
  .replace(/\{(\w+)\}/g, (all, name) => args[name] ?? all);
const named = (box) => form.querySelector(`[id="${box.id}-l"] .pre`).textContent;

function put(box, value) {
  box.value = value;
  box.dispatchEvent(new Event('input', { bubbles: true }));
}

function button(text, className, press) {
  const b = document.createElement('button');
  b.type = 'button';
  b.className = className;
  b.textContent = text;
  b.addEventListener('click', press);
  return b;
}

// slide puts a slider beside a number. It shows no answer until somebody moves or presses it.
function slide(box) {
  const range = document.createElement('input');
  const ends = document.createElement('span');
  const { min, max, step, leave } = box.dataset;
  Object.assign(range, { type: 'range', min, max, step: step === 'any' && max - min > 10 ? '0.1' : step });
  range.value = (Number(min) + Number(max)) / 2;
  range.setAttribute('aria-labelledby', box.id + '-l');
  for (const name of ['aria-describedby', 'aria-invalid']) if (box.hasAttribute(name)) range.setAttribute(name, box.getAttribute(name));
  ends.className = 'ends';
  ends.setAttribute('aria-hidden', 'true');
  for (const end of [min, max]) ends.append(Object.assign(document.createElement('span'), { textContent: end }));
  const skip = leave && button(leave, 'quiet', () => { put(box, ''); range.focus(); });
  const show = () => {
    const given = box.value.trim().replace(',', '.');
    const unset = given === '' || Number.isNaN(Number(given));
    range.classList.toggle('unset', unset);
    if (!unset) range.value = given;
    range.setAttribute('aria-valuetext', unset ? say('unset') : given);
    if (skip) skip.hidden = given === '';
  };
  const take = () => put(box, range.value);
  range.addEventListener('input', take);
  range.addEventListener('click', take); // pressed where the thumb lies already
  range.addEventListener('keydown', (e) => { if (e.key === ' ' || e.key === 'Enter') { e.preventDefault(); take(); } });
  box.addEventListener('input', show);
  box.addEventListener('change', show);
  box.parentElement.prepend(range, ends);
  if (skip) box.parentElement.append(skip);
  show();
}

// count puts a button on each side of a number that is a thumb wide: the arrows of browsers are not, and phones have none.
function count(box) {
  const row = document.createElement('div');
  row.className = 'count';
  const by = (way, sign) => {
    const b = button(sign, 'quiet', () => {
      if (box.value === '') box.value = box.min || '0';
      else box[way]();
      box.dispatchEvent(new Event('input', { bubbles: true }));
    });
    b.setAttribute('aria-label', say(way === 'stepUp' ? 'more' : 'less', { question: named(box) }));
    return b;
  };
  box.replaceWith(row);
  row.append(by('stepDown', '−'), box, by('stepUp', '+'));
}

// suggest writes what was typed as the list has it, so that questions that depend on it see the same answer as the server.
function suggest(box) {
  box.addEventListener('change', () => {
    const typed = box.value.trim().toLowerCase();
    const fits = [...box.list.options].find((o) => o.value.toLowerCase() === typed);
    if (fits && fits.value !== box.value) put(box, fits.value);
  });
}

function better(root) {
  root.querySelectorAll('.slide>input').forEach(slide);
  root.querySelectorAll('input[type=number]').forEach(count);
  root.querySelectorAll('input[list]').forEach(suggest);
}
if (form) {
  better(form);
  form.addEventListener('grown', ({ detail }) => better(detail));
}
