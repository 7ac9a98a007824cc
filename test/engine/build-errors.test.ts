// What cannot be built is told with its line and with what to do, and what dockerd blames a line for, we blame it for, too.

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adviceFor } from '../../core/plan/advice.ts';
import { pack } from '../../runtime/archive/pack.ts';
import { tarEntry } from '../../runtime/archive/tar-entry.ts';
import type { BuildRequest } from '../../runtime/build/builder.ts';
import { classicFailure } from '../../runtime/build/classic-progress.ts';
import { EngineClient, RefusedRequest } from '../../runtime/cli/engine-client.ts';
import { ProgressRecord } from '../../runtime/cli/records.ts';
import { ERROR_CASES, ERROR_CONTEXT, type ErrorCase } from '../build-corpus/errors.ts';
import { type RealDockerd, startRealDockerd } from '../harness/real-dockerd.ts';
import { type BuildGround, openBuildGround } from './build-ground.ts';

/** No registry: nothing is to be pulled. */
const NOWHERE = 'http://127.0.0.1:9';

let ground: BuildGround;
let dockerd: RealDockerd;
beforeAll(async () => {
  ground = await openBuildGround();
  dockerd = await startRealDockerd(NOWHERE);
  const rootfs = pack([
    { entry: tarEntry({ name: 'etc', type: 'directory' }) },
    { entry: tarEntry({ name: 'etc/passwd', size: 11 }), content: Buffer.from('root:x:0:0\n') },
  ]);
  const query = { fromSrc: '-', repo: 'box', tag: 'latest' };
  await new EngineClient(dockerd.socket).empty('POST', '/images/create', { query, stream: rootfs });
});
afterAll(async () => {
  await dockerd?.[Symbol.asyncDispose]();
  await ground?.[Symbol.asyncDispose]();
});

test('there are at least sixty cases', () => {
  expect(ERROR_CASES.length).toBeGreaterThanOrEqual(60);
});

test.each(ERROR_CASES)('$name', async ({ dockerfile, line, code, message }) => {
  const context = await ground.context({ ...ERROR_CONTEXT, Dockerfile: dockerfile });
  const error: unknown = await ground.builder
    .build({ dockerfile: 'Dockerfile', context }, () => undefined)
    .then(
      () => 'it was built',
      (failure: unknown) => failure,
    );
  expect(classicFailure(error)).toEqual({
    error: expect.stringContaining(message),
    errorDetail: expect.objectContaining({ message: expect.stringContaining(message), line }),
  });
  expect(error).toMatchObject({ code });
  // What a message does not say itself is said beside it.
  expect(adviceFor(code) ?? (/did you mean|: build again|not supported/.exec(message)?.[0] as string)).toBeTruthy();
});

const LINE = /(?:^|\/)\.dockerignore:1: /;

test('a line of .dockerignore that Docker refuses ends the build, also of a named context', async () => {
  const bad = { '.dockerignore': '[\n', a: '' };
  const context = await ground.context({ ...bad, Dockerfile: 'FROM scratch\nCOPY a /\n' });
  const build = (request: Partial<BuildRequest> & { context: string }) =>
    ground.builder.build({ dockerfile: 'Dockerfile', ...request }, () => undefined);
  await expect(build({ context })).rejects.toMatchObject({
    code: 'ignore-invalid',
    message: expect.stringMatching(LINE),
  });
  const other = await ground.context({ Dockerfile: 'FROM scratch\nCOPY --from=files a /\n' });
  const namedContexts = new Map([['files', { folder: context }]]);
  await expect(build({ context: other, namedContexts })).rejects.toMatchObject({ code: 'ignore-invalid' });
});

test.each([
  ['example.com/my/frontend:9', ['the frontend example.com/my/frontend:9 is not used']],
  ['docker/dockerfile:1.7-labs', []],
])('# syntax=%s warns: %j', async (frontend, warnings) => {
  const context = await ground.context({ Dockerfile: `# syntax=${frontend}\nFROM scratch\nLABEL a=b\n` });
  const told: string[] = [];
  await ground.builder.build({ dockerfile: 'Dockerfile', context }, (event) => {
    if (event.kind === 'warning') told.push(event.message);
  });
  expect(told).toEqual(warnings.map((start) => expect.stringContaining(start)));
});

/** What dockerd's builder says: undefined where it builds. */
async function saidByDockerd({ dockerfile }: ErrorCase): Promise<string | undefined> {
  const files = Object.entries({ ...ERROR_CONTEXT, Dockerfile: dockerfile });
  const tar = await buffer(
    pack(files.map(([name, text]) => ({ entry: tarEntry({ name, size: text.length }), content: Buffer.from(text) }))),
  );
  const headers = { 'Content-Type': 'application/x-tar' };
  const stream = Readable.from([tar], { objectMode: false });
  try {
    const lines = new EngineClient(dockerd.socket).lines(ProgressRecord, 'POST', '/build', { headers, stream });
    let error = '';
    for await (const record of lines) error ||= record.error;
    return error === '' ? undefined : error;
  } catch (error) {
    if (error instanceof RefusedRequest) return error.message;
    throw error;
  }
}

test('where dockerd names a line, it is ours', async () => {
  const told: string[] = [];
  // The classic builder knows no heredocs; what runs or asks for an image is about no language.
  const atRun = ['command-failed', 'command-not-found', 'user-unknown', 'group-unknown', 'image-missing'];
  const cases = ERROR_CASES.filter(({ dockerfile, code }) => !dockerfile.includes('<<') && !atRun.includes(code));
  for (const each of cases) {
    const said = await saidByDockerd(each);
    const line = /parse error (?:on )?line (\d+)/i.exec(said ?? '')?.[1];
    if (line === undefined) continue;
    told.push(each.name);
    expect(`${each.name}: line ${line}`, said).toBe(`${each.name}: line ${each.line}`);
  }
  expect(told.length, 'dockerd names lines').toBeGreaterThan(30);
});
