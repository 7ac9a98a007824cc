import { expect, it } from 'vitest';
import { PullProgress } from './pull-progress.ts';

it('adds up the layers', () => {
  const progress = new PullProgress();
  expect(progress.take({ status: 'Pulling from library/node', id: 'slim' })).toBe('Pulling from library/node');
  progress.take({ status: 'Downloading', id: 'a', progressDetail: { current: 1_000_000, total: 4_000_000 } });
  expect(progress.take({ status: 'Downloading', id: 'b', progressDetail: { current: 0, total: 2_000_000 } })).toBe(
    '1MB of 6MB',
  );
  expect(progress.take({ status: 'Download complete', id: 'a' })).toBe('4MB of 6MB');
});

it('keeps the first error', () => {
  const progress = new PullProgress();
  progress.take({ error: 'manifest unknown' });
  progress.take({ error: 'later' });
  expect(progress.error).toBe('manifest unknown');
});
