import { expect, test } from 'vitest';
import { asImageId, parseDigest } from '../../core/image/digest.ts';
import type { BuildEvent, StepEvent } from '../../protocol/build-event.ts';
import { BuildError } from './build-error.ts';
import { classicFailure, classicRecords, QuietProgress } from './classic-progress.ts';

const id = asImageId(parseDigest(`sha256:${'ab'.repeat(32)}`)!);
const range = { start: { line: 1, character: 0 }, end: { line: 1, character: 10 } };

test('events become the records of the classic builder', () => {
  const events: (BuildEvent | StepEvent)[] = [
    { kind: 'step', number: 1, total: 2, stage: 'base', text: 'FROM bb AS base', range },
    { kind: 'result', id },
    { kind: 'step', number: 2, total: 2, stage: 'base', text: 'RUN exit 3', range },
    { kind: 'cached' },
    { kind: 'running', containerId: 'af45e20d112b0000' },
    { kind: 'output', stream: 'stdout', text: 'hi\n' },
    { kind: 'output', stream: 'stderr', text: 'oh\n' },
    { kind: 'removed', containerId: 'af45e20d112b0000' },
    { kind: 'built', id },
    { kind: 'tagged', reference: 'app:latest' },
  ];
  expect(events.flatMap(classicRecords)).toEqual([
    { stream: 'Step 1/2 : FROM bb AS base' },
    { stream: '\n' },
    { stream: ' ---> abababababab\n' },
    { stream: 'Step 2/2 : RUN exit 3' },
    { stream: '\n' },
    { stream: ' ---> Using cache\n' },
    { stream: ' ---> Running in af45e20d112b\n' },
    { stream: 'hi\n' },
    { stream: '\x1b[91moh\n\x1b[0m' },
    { stream: 'Removing intermediate container af45e20d112b\n' },
    { aux: { ID: id } },
    { stream: 'Successfully built abababababab\n' },
    { stream: 'Successfully tagged app:latest\n' },
  ]);
});

test('a quiet build tells the ID alone, and holds the rest for the case that it fails', () => {
  const quiet = new QuietProgress();
  expect(quiet.records({ step: 1, kind: 'output', text: 'why\n' })).toEqual([]);
  expect(quiet.held()).toEqual([{ stream: 'why\n' }]);
  expect(quiet.records({ kind: 'built', id })).toEqual([{ stream: `${id}\n` }]);
});

test('a failure tells the exit code and the line', () => {
  const message = "The command '/bin/sh -c exit 3' returned a non-zero code: 3";
  const error = new BuildError('invalid', { code: 'command-failed', message, exitCode: 3, range });
  const advice = expect.stringContaining('Look at the last lines');
  expect(classicFailure(error)).toEqual({ errorDetail: { code: 3, message, line: 2, advice }, error: message });
  expect(classicFailure(new Error('x'))).toEqual({ errorDetail: { message: 'x' }, error: 'x' });
});
