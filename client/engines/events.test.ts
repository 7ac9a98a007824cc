import { expect, it } from 'vitest';
import { parseEvent } from './events.ts';

it('reads an event with its actor', () => {
  const value = {
    status: 'die',
    id: 'c1',
    Type: 'container',
    Action: 'die',
    Actor: { ID: 'c1', Attributes: { exitCode: '1', name: 'web' } },
    time: 1,
    timeNano: 1_500_000_000,
  };
  expect(parseEvent(value)).toEqual({
    type: 'container',
    action: 'die',
    id: 'c1',
    time: 1500,
    attributes: { exitCode: '1', name: 'web' },
  });
});

it('reads an event that has only the old fields', () => {
  expect(parseEvent({ status: 'start', id: 'c1', time: 7 })).toEqual({
    type: 'container',
    action: 'start',
    id: 'c1',
    time: 7000,
    attributes: {},
  });
});

it('takes nothing else for an event', () => {
  expect(parseEvent({ Actor: 3 })).toBeUndefined();
  expect(parseEvent('start')).toBeUndefined();
});
