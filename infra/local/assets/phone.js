// Sends without leaving the page and shows new texts as they come. Without it, the form posts and the page reloads.
const list = document.getElementById('texts');
const form = document.getElementById('send');
const body = document.getElementById('body');
const number = list.dataset.number;

function bubble(text) {
  const li = document.createElement('li');
  li.className = text.note ? 'note' : text.out ? 'sent' : 'got';
  li.dataset.id = text.id;
  const p = document.createElement('p');
  p.dir = 'auto';
  p.textContent = text.note || text.body;
  li.append(p);
  if (!text.note) {
    const small = document.createElement('small');
    small.textContent = `${text.segments} ${text.segments === 1 ? 'segment' : 'segments'}`;
    li.append(small);
  }
  return li;
}

async function refresh() {
  const answer = await fetch(`/phone/texts?n=${encodeURIComponent(number)}`);
  if (!answer.ok) return;
  const phone = await answer.json();
  const texts = phone.texts || [];
  document.getElementById('in').textContent = phone.segmentsIn;
  document.getElementById('out').textContent = phone.segmentsOut;
  const shown = new Set([...list.children].map((li) => li.dataset.id));
  const fresh = texts.filter((t) => !shown.has(t.id));
  if (fresh.length === 0) return;
  list.querySelectorAll('li:not([data-id])').forEach((li) => li.remove());
  list.append(...fresh.map(bubble));
  list.scrollTop = list.scrollHeight;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const data = new URLSearchParams(new FormData(form));
  body.value = '';
  body.focus();
  await fetch(form.action, { method: 'POST', body: data, headers: { Accept: 'application/json' } }).catch(() => {});
  await refresh();
});

body.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey) {
    event.preventDefault();
    form.requestSubmit();
  }
});

list.scrollTop = list.scrollHeight;
setInterval(() => refresh().catch(() => {}), 1500);
