import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runLine } from '../memory-surface.test-support.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-lint-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

it('prints a line for each complaint, in the order of the text, and ends with 1', async () => {
  const path = await file('broken', 'FROM alpine:3.22\nWORKDIR app\nEXPOSEE 80\n');
  const { code, stdout } = await runLine(['lint', path]);
  expect(stdout.split('\n')).toEqual([
    `${path}:2:9: warning: Relative workdir "app" can have unexpected results if the base image changes (WorkdirRelativePath)`,
    `${path}:3:1: error: unknown instruction: EXPOSEE (did you mean EXPOSE?) (instruction-unknown)`,
    '',
  ]);
  expect(code).toBe(1);
});

it('says nothing of a clean file, and ends with 0', async () => {
  expect(await runLine(['lint', await file('clean', 'FROM alpine:3.22\nWORKDIR /app\n')])).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
});

it('ends with 0 where there is nothing but a hint', async () => {
  const { code, stdout } = await runLine(['lint', '-'], 'FROM alpine\n');
  expect(stdout).toMatch(/^<stdin>:1:6: info: .*\(DL3006\)\n$/);
  expect(code).toBe(0);
});

it('does not take variables of a base image that it does not know for undefined', async () => {
  expect((await runLine(['lint', '-'], 'FROM node:22\nWORKDIR /app\nENV V=$NODE_VERSION\n')).stdout).toBe('');
});

it('prints JSON, one complaint a line, with the rule’s address', async () => {
  const { stdout } = await runLine(['lint', '--format', 'json', '-'], 'FROM alpine:3.22\nWORKDIR app\n');
  expect(JSON.parse(stdout)).toMatchObject({
    file: '<stdin>',
    line: 2,
    column: 9,
    endLine: 2,
    endColumn: 12,
    severity: 'warning',
    code: 'WorkdirRelativePath',
    url: 'https://docs.docker.com/go/dockerfile/rule/workdir-relative-path/',
  });
});

it('ends with 2 for a file that cannot be read, and says which', async () => {
  const missing = join(folder, 'missing');
  expect(await runLine(['lint', missing])).toEqual({
    code: 2,
    stdout: '',
    stderr: `lapstrake: there is no file ${missing}\n`,
  });
  const { code, stderr } = await runLine(['lint', folder]);
  expect(stderr).toContain(`cannot read ${folder}: EISDIR`);
  expect(code).toBe(2);
});
