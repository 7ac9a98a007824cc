import { expect, test } from 'vitest';
import type { BuildEvent } from '../../protocol/build-event.ts';
import { StepOrder } from './step-order.ts';

const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 4 } };
const step = (number: number): BuildEvent => ({
  kind: 'step',
  number,
  total: 3,
  stage: '0',
  text: `RUN ${number}`,
  range,
});
const output = (at: number, text: string): BuildEvent => ({ step: at, kind: 'output', text });
const done = (at: number): BuildEvent => ({ step: at, kind: 'done', milliseconds: 1, bytes: 0, files: 0 });

function ordered(events: readonly BuildEvent[]): { readonly told: BuildEvent[]; readonly order: StepOrder } {
  const told: BuildEvent[] = [];
  const order = new StepOrder((event) => told.push(event));
  for (const event of events) order.add(event);
  return { told, order };
}

test('what a later step says waits until all before it are done', () => {
  const { told } = ordered([step(1), step(3), output(3, 'c'), done(3), step(2), output(1, 'a'), done(1), done(2)]);
  expect(told).toEqual([step(1), output(1, 'a'), done(1), step(2), done(2), step(3), output(3, 'c'), done(3)]);
});

test('what still waits when a build fails is told in the order of the steps', () => {
  const { told, order } = ordered([step(3), output(3, 'why'), step(2), output(2, 'b')]);
  expect(told).toEqual([]);
  order.flush();
  expect(told).toEqual([step(2), output(2, 'b'), step(3), output(3, 'why')]);
});

test('what is about the whole build waits for nothing', () => {
  const warning: BuildEvent = { kind: 'warning', message: 'mind', range: undefined };
  expect(ordered([step(2), warning]).told).toEqual([warning]);
});
