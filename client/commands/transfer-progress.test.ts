import { expect, it } from 'vitest';
import { TransferProgress } from './transfer-progress.ts';

it('adds up the layers of a pull', () => {
  const progress = new TransferProgress();
  expect(progress.take({ status: 'Pulling from library/node', id: 'slim' }).message).toBe('Pulling from library/node');
  progress.take({ status: 'Downloading', id: 'a', progressDetail: { current: 1_000_000, total: 4_000_000 } });
  expect(progress.take({ status: 'Downloading', id: 'b', progressDetail: { current: 0, total: 2_000_000 } })).toEqual({
    message: '1MB of 6MB',
    done: 1 / 6,
  });
  expect(progress.take({ status: 'Download complete', id: 'a' }).message).toBe('4MB of 6MB');
});

it('adds up the layers of a push, and keeps the digest', () => {
  const progress = new TransferProgress();
  progress.take({ status: 'Preparing', progressDetail: {}, id: 'a' });
  // dockerd counts the tar's own bytes, too: more than it said.
  progress.take({ status: 'Pushing', progressDetail: { current: 2_100_000, total: 2_000_000 }, id: 'a' });
  progress.take({ status: 'Layer already exists', progressDetail: {}, id: 'b' });
  expect(progress.take({ status: 'Pushed', progressDetail: {}, id: 'a' })).toEqual({ message: '2MB of 2MB', done: 1 });
  progress.take({ progressDetail: {}, aux: { Tag: '1', Digest: 'sha256:abc', Size: 528 } });
  expect(progress.digest).toBe('sha256:abc');
});

it('says what was loaded', () => {
  const progress = new TransferProgress();
  progress.take({ stream: 'Loaded image: app:1\n' });
  expect(progress.take({ stream: 'Loaded image ID: sha256:12\n' }).message).toBe('Loaded image ID: sha256:12');
  expect(progress.loaded).toEqual(['app:1', 'sha256:12']);
});

it('keeps the first error', () => {
  const progress = new TransferProgress();
  progress.take({ error: 'manifest unknown' });
  progress.take({ error: 'later' });
  expect(progress.error).toBe('manifest unknown');
});

it('passes over what is no record', () => {
  const progress = new TransferProgress();
  progress.take({ status: 'Waiting' });
  expect(progress.take(17)).toEqual({ message: 'Waiting', done: undefined });
});
