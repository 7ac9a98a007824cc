import { expect, test } from 'vitest';
import { OutputHub } from './output.ts';

const CHUNK = Buffer.from('x');

/** Somebody who takes more when told to. */
function slow() {
  const { promise, resolve } = deferred();
  return { sink: { write: () => promise, end: () => undefined }, takeMore: resolve };
}

function deferred() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Whether a promise is settled, once all that is due has been done. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const turn = new Promise<'late'>((resolve) => setImmediate(() => resolve('late')));
  return (await Promise.race([promise, turn])) !== 'late';
}

test('a process waits for who is slow where nobody else takes what it writes', async () => {
  const hub = new OutputHub();
  const [one, other] = [slow(), slow()];
  hub.add(one.sink);
  hub.add({ write: () => 'unwanted', end: () => undefined });
  using _other = hub.add(other.sink);
  const written = hub.write('stdout', CHUNK);
  expect(await isSettled(written)).toBe(false);
  other.takeMore();
  expect(await isSettled(written)).toBe(true);
});

test('somebody slow holds up nobody who is not', async () => {
  const hub = new OutputHub();
  let taken = 0;
  hub.add(slow().sink);
  hub.add({
    write() {
      taken++;
      return 'taken';
    },
    end: () => undefined,
  });
  for (let i = 0; i < 3; i++) expect(await isSettled(hub.write('stdout', CHUNK))).toBe(true);
  expect(taken).toBe(3);
});

test('a process that has ended waits for nobody, and the next run does again', async () => {
  const hub = new OutputHub();
  hub.add(slow().sink);
  const written = hub.write('stdout', CHUNK);
  hub.hurry();
  expect(await isSettled(written)).toBe(true);
  expect(await isSettled(hub.write('stdout', CHUNK))).toBe(true);
  hub.connect(undefined, 'on');
  expect(await isSettled(hub.write('stdout', CHUNK))).toBe(false);
});
