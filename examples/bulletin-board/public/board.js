const list = document.getElementById('notes');
const form = document.getElementById('pin');
const problem = document.getElementById('problem');

function draw(note) {
  const item = document.createElement('li');
  const text = document.createElement('p');
  text.textContent = note.text;
  const by = document.createElement('small');
  by.textContent = `${note.author}, ${new Date(note.at).toLocaleString()}`;
  const remove = document.createElement('button');
  remove.type = 'button';
  remove.textContent = 'Take down';
  remove.addEventListener('click', async () => {
    await fetch(`api/notes/${note.id}`, { method: 'DELETE' });
    await show();
  });
  item.append(text, by, remove);
  return item;
}

async function show() {
  const answer = await fetch('api/notes');
  list.replaceChildren(...(await answer.json()).map(draw));
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const note = Object.fromEntries(new FormData(form));
  const answer = await fetch('api/notes', { method: 'POST', body: JSON.stringify(note) });
  problem.textContent = answer.ok ? '' : (await answer.json()).error;
  if (answer.ok) form.elements.text.value = '';
  await show();
});

await show();
