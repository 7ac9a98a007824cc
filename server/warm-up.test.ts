import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_SETTINGS } from '../core/lint/lint-settings.ts';
import { readingOf } from './features/test-reading.test-support.ts';
import { WarmUp } from './warm-up.ts';

const READING = { lintOptions: { settings: DEFAULT_SETTINGS } };

describe('what is done while nobody waits', () => {
  it('makes way at once, goes on when the client is silent, and comes to an end', async () => {
    const warmUp = new WarmUp(vi.fn(), vi.fn(), 20, 0);
    warmUp.goOn(READING, readingOf);
    for (let turns = 0; turns < 1000; turns++) {
      warmUp.makeWay();
      await turn();
    }
    expect(warmUp.isOver).toBe(false);
    while (!warmUp.isOver) await turn();
  });

  it('says once that it begins', () => {
    const begins = vi.fn();
    const warmUp = new WarmUp(begins, vi.fn());
    warmUp.rehearse(undefined);
    expect(begins).not.toHaveBeenCalled();
    for (let times = 0; times < 2; times++) warmUp.goOn(READING, readingOf);
    warmUp.stop();
    expect(begins).toHaveBeenCalledOnce();
  });

  it('does not begin before a document was judged', async () => {
    const warmUp = new WarmUp(vi.fn(), vi.fn(), 0.001, 0);
    warmUp.makeWay();
    for (let turns = 0; turns < 100; turns++) await turn();
    expect(warmUp.isOver).toBe(false);
  });

  it('does not begin with the rehearsal', async () => {
    const warmUp = new WarmUp(vi.fn(), vi.fn(), 0.001, 0);
    warmUp.rehearse(undefined);
    warmUp.makeWay();
    for (let turns = 0; turns < 100; turns++) await turn();
    expect(warmUp.isOver).toBe(false);
  });

  it('does nothing more once it is stopped', async () => {
    const warmUp = new WarmUp(vi.fn(), vi.fn(), 0.001, 0);
    warmUp.goOn(READING, readingOf);
    warmUp.makeWay();
    warmUp.stop();
    for (let turns = 0; turns < 100; turns++) await turn();
    expect(warmUp.isOver).toBe(false);
  });

  it('ends where something fails, and says so', async () => {
    const complain = vi.fn();
    const warmUp = new WarmUp(vi.fn(), complain);
    warmUp.goOn(READING, () => {
      throw new Error('the rule is broken');
    });
    while (!warmUp.isOver) await turn();
    for (let turns = 0; turns < 100; turns++) await turn();
    expect(complain).toHaveBeenCalledExactlyOnceWith('what was rehearsed failed: Error: the rule is broken');
  });

  it('lets what comes in meanwhile be seen to after each text', async () => {
    const warmUp = new WarmUp(vi.fn(), vi.fn(), 60_000);
    warmUp.goOn(READING, readingOf);
    for (let turns = 0; turns < 3; turns++) await turn();
    expect(warmUp.isOver).toBe(false);
    warmUp.stop();
  });
});
