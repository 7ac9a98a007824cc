import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../core/lint/lint-settings.ts';
import { WarmUp } from './warm-up.ts';

const READING = { lintOptions: { settings: DEFAULT_SETTINGS } };

describe('what is done while nobody waits', () => {
  it('makes way at once, goes on when it may, and comes to an end', async () => {
    const warmUp = new WarmUp(20);
    warmUp.goOn(READING);
    warmUp.pause();
    for (let turns = 0; turns < 100; turns++) await turn();
    expect(warmUp.isOver).toBe(false);
    warmUp.goOn(READING);
    while (!warmUp.isOver) await turn();
  });

  it('lets what comes in meanwhile be seen to after each text', async () => {
    const warmUp = new WarmUp(60_000);
    warmUp.goOn(READING);
    for (let turns = 0; turns < 3; turns++) await turn();
    expect(warmUp.isOver).toBe(false);
    warmUp.pause();
  });
});
