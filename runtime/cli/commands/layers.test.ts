import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runLine } from '../memory-surface.test-support.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-layers-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function lay(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** The table's rows, cells without white space around. */
function rowsOf(stdout: string): string[][] {
  return stdout.split('\n').map((line) => line.split(/ {3,}/));
}

it('shows the exact files and bytes of each COPY, through .dockerignore', async () => {
  await lay({
    Dockerfile: 'FROM alpine:3.22\nWORKDIR /app\nCOPY lib lib\nRUN make all\nEXPOSE 80\n',
    '.dockerignore': '**/*.log\n',
    'lib/a.js': 'x'.repeat(1200),
    'lib/b.js': 'y'.repeat(34),
    'lib/noise.log': 'z'.repeat(5000),
  });
  const { code, stdout, stderr } = await runLine(['layers', folder]);
  expect(rowsOf(stdout)).toEqual([
    ['LINE', 'LAYER', 'FILES', 'SIZE', 'INSTRUCTION'],
    ['1', 'base', '?', '?', 'FROM alpine:3.22'],
    ['2', '1', '-', '-', 'WORKDIR /app'],
    ['3', '2', '2', '1.23kB', 'COPY lib lib'],
    ['4', '3', '?', '?', 'RUN make all'],
    ['5', '-', '-', '-', 'EXPOSE 80'],
    [''],
    ['Context: 4 files, 1.31kB; .dockerignore leaves out 1 file, 5kB'],
    ['?: known after the build'],
    [''],
  ]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

it('counts the layers of each stage, and names the stage that another stands on', async () => {
  await lay({
    'build.Dockerfile': 'FROM alpine:3.22 AS tools\nRUN a\nFROM tools\nRUN b\nFROM scratch\nCOPY --from=tools /a /b\n',
  });
  const { stdout } = await runLine(['layers', join(folder, 'build.Dockerfile')]);
  expect(rowsOf(stdout).slice(1, 7)).toEqual([
    ['1', 'base', '?', '?', 'FROM alpine:3.22 AS tools'],
    ['2', '1', '?', '?', 'RUN a'],
    ['3', 'base', '?', '?', 'FROM tools'],
    ['4', '1', '?', '?', 'RUN b'],
    ['5', 'base', '0', '0B', 'FROM scratch'],
    ['6', '1', '?', '?', 'COPY --from=tools /a /b'],
  ]);
});

it('marks what holds more than can be seen', async () => {
  await lay({ Dockerfile: 'FROM scratch\nADD root.tar /\n', 'root.tar': 'abc' });
  const { stdout } = await runLine(['layers', folder]);
  expect(rowsOf(stdout)[2]).toEqual(['2', '1', '1+', '3B+', 'ADD root.tar /']);
  expect(stdout).toContain('+: and what archives, URLs or repositories hold');
});

it('tells a missing source with its place, and ends with 1', async () => {
  await lay({ Dockerfile: 'FROM scratch\nCOPY nowhere /\n' });
  const { code, stderr } = await runLine(['layers', folder]);
  expect(stderr).toBe(
    `${join(folder, 'Dockerfile')}:2:6: error: "/nowhere": not found in the build context (copy-source-missing)\n`,
  );
  expect(code).toBe(1);
});

it('prints JSON, one instruction a line', async () => {
  await lay({ Dockerfile: 'FROM scratch AS all\nCOPY a /\n', a: 'four' });
  const { stdout } = await runLine(['layers', '--format', 'json', folder]);
  const records = stdout.trimEnd().split('\n');
  expect(records.map((line): unknown => JSON.parse(line))).toEqual([
    {
      line: 1,
      stage: 0,
      stageName: 'all',
      instruction: 'FROM scratch AS all',
      effect: 'base',
      layer: false,
      files: 0,
      bytes: 0,
    },
    { line: 2, stage: 0, stageName: 'all', instruction: 'COPY a /', effect: 'copy', layer: true, files: 1, bytes: 4 },
  ]);
});

it('asks the engine for whatever is no path, and only then', async () => {
  expect((await runLine(['layers', 'registry.example/app:1'])).stderr).toContain('no engine was to be asked');
  expect(await runLine(['layers', folder])).toEqual({
    code: 1,
    stdout: '',
    stderr: `lapstrake: there is no Dockerfile at ${folder}\n`,
  });
});
