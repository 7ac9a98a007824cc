import { expect, it } from 'vitest';
import { parseEvent } from './events.ts';

it('reads an event with its actor', () => {
  const value = {
    status: 'die',
    id: 'c1',
    Type: 'container',
    Action: 'die',
    Actor: { ID: 'c1', Attributes: { exitCode: '1', name: 'web' } },
    timeNano: 1,
  };
  expect(parseEvent(value)).toEqual({
    type: 'container',
    action: 'die',
    id: 'c1',
    attributes: { exitCode: '1', name: 'web' },
  });
});

it('reads an event that has only the old fields', () => {
  expect(parseEvent({ status: 'start', id: 'c1' })).toEqual({
    type: 'container',
    action: 'start',
    id: 'c1',
    attributes: {},
  });
});

it('takes nothing else for an event', () => {
  expect(parseEvent({ Actor: 3 })).toBeUndefined();
  expect(parseEvent('start')).toBeUndefined();
});
