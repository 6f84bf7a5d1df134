// Files may be dropped anywhere on the page. Without this, they are chosen in the form, which does the rest.
const form = document.querySelector('form[data-drop]');
const carries = (event) => [...(event.dataTransfer?.types || [])].includes('Files');

function over(event) {
  if (!carries(event)) return;
  event.preventDefault();
  form.classList.add('here');
}

addEventListener('dragenter', over);
addEventListener('dragover', over);
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) form.classList.remove('here');
});
addEventListener('drop', (event) => {
  form.classList.remove('here');
  if (!carries(event)) return;
  event.preventDefault();
  form.querySelector('input[type=file]').files = event.dataTransfer.files;
  form.requestSubmit();
});
