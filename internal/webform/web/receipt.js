// The answers are in: what was kept on this phone for sending them goes. And a button that copies the link.
const sent = document.querySelector('[data-sent]')?.dataset.sent;
try {
  for (const key of Object.keys(localStorage)) {
    if (sent && key.startsWith('tellback:' + sent + '/') && JSON.parse(localStorage.getItem(key)).flags?.sending) localStorage.removeItem(key);
  }
} catch { /* nothing was kept */ }

const line = document.querySelector('[data-copy]');
if (line && navigator.clipboard) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet';
  button.textContent = line.dataset.sayCopy;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(location.origin + location.pathname);
    button.textContent = line.dataset.sayCopied;
  });
  line.append(button);
}
