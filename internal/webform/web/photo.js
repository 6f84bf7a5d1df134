// What a file control gains with JavaScript: a photo is made smaller before it is sent, which also takes out what the camera notes in
// it, and a file that is too large is said to be so at once. Without it the server says so.
const edge = 1600; // pixels of the longer side: a rash, a label or a letter can be read
const small = 600_000; // bytes that are sent as they are
const quality = 0.82;
const working = new Map(); // by form: how many photos are being made smaller, and whether it wants to be sent

async function shrink(file) {
  if (!file.type.startsWith('image/') || file.size <= small) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const by = Math.min(1, edge / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * by));
    canvas.height = Math.max(1, Math.round(picture.height * by));
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', quality); });
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], 'photo.jpg', { type: 'image/jpeg' });
  } catch {
    return file; // this browser can't open it: the server sees what it is
  }
}

async function chosen(control) {
  const mark = control.parentNode.querySelector('[data-too-large]');
  mark?.remove();
  const files = await Promise.all([...control.files].map(shrink));
  if (files.some((f, n) => f !== control.files[n])) {
    const list = new DataTransfer();
    for (const f of files) list.items.add(f);
    control.files = list.files;
  }
  if (files.reduce((sum, f) => sum + f.size, 0) > Number(control.dataset.most)) {
    control.value = '';
    const line = document.createElement('p');
    line.className = 'err';
    line.dataset.tooLarge = '';
    line.setAttribute('role', 'alert');
    line.textContent = control.dataset.large;
    control.before(line);
  }
}

for (const control of document.querySelectorAll('input[type=file][data-most]')) {
  const state = working.get(control.form) || { busy: 0, send: false };
  if (!working.has(control.form)) {
    working.set(control.form, state);
    control.form.addEventListener('submit', (e) => {
      if (state.busy === 0) return;
      e.preventDefault();
      e.stopImmediatePropagation();
      state.send = true;
    }, true);
  }
  control.addEventListener('change', async () => {
    state.busy++;
    try {
      await chosen(control);
    } finally {
      state.busy--;
      if (state.busy === 0 && state.send) {
        state.send = false;
        control.form.requestSubmit();
      }
    }
  });
}
