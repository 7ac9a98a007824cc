import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const BROKEN = 'FROM alpine:3.22\nWORKDIR app\nEXPOSEE 80\n';
const STYLE = 'FROM alpine:3.22\nLABEL App=1\n';

describe('lapstrake lint', () => {
  it('prints a line for each complaint, in the order of the text, and ends with 1', async () => {
    const path = await file('broken', BROKEN);
    const { code, stdout } = await runLine(['lint', path]);
    expect(stdout.split('\n')).toEqual([
      `${path}:2 WorkdirRelativePath warning: Relative workdir "app" can have unexpected results if the base image changes (DL3000)`,
      `${path}:3 instruction-unknown error: unknown instruction: EXPOSEE (did you mean EXPOSE?)`,
      '',
    ]);
    expect(code).toBe(1);
  });

  it('says nothing of a clean file, and ends with 0', async () => {
    const clean = await file('clean', 'FROM alpine:3.22\nWORKDIR /app\n');
    expect(await runLine(['lint', clean])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('reads the shell in RUN', async () => {
    const text = 'FROM debian:13\nRUN if true; then sudo apt-get install curl=8.*; fi\n';
    const { stdout } = await runLine(['lint', '-'], text);
    for (const code of ['DL3004', 'DL3014', 'DL3015']) expect(stdout).toContain(`-:2 ${code} `);
  });

  it('says where the shell cannot be judged by ShellCheck, and ends as without it', async () => {
    const text = 'FROM alpine:3.22\nRUN echo $a\n';
    expect(await runLine(['lint', '-'], text, { HOME: folder, PATH: folder })).toEqual({
      code: 0,
      stdout: '',
      stderr: 'lapstrake: shellcheck is not installed, so its rules (SC…) say nothing of the shell in RUN\n',
    });
    expect((await runLine(['lint', '-'], 'FROM alpine:3.22\n', { HOME: folder, PATH: folder })).stderr).toBe('');
  });

  it('does not take variables of a base image that it does not know for undefined', async () => {
    expect((await runLine(['lint', '-'], 'FROM node:22\nWORKDIR /app\nENV V=$NODE_VERSION\n')).stdout).toBe('');
  });

  it('ends with 1 for a file that cannot be read, and says which', async () => {
    const missing = join(folder, 'missing');
    expect(await runLine(['lint', missing])).toEqual({
      code: 1,
      stdout: '',
      stderr: `lapstrake: there is no file ${missing}\n`,
    });
    const { code, stderr } = await runLine(['lint', folder]);
    expect(stderr).toContain(`cannot read ${folder}: EISDIR`);
    expect(code).toBe(1);
  });
});

describe('the encoding', () => {
  it('is UTF-8, with or without a mark, and told where it is UTF-16', async () => {
    const marked = await file('marked', `\ufeff${BROKEN}`);
    expect((await runLine(['lint', marked])).stdout).toContain(`${marked}:2 WorkdirRelativePath`);
    expect((await runLine(['lint', '-'], `\ufeff${BROKEN}`)).stdout).toContain('-:2 WorkdirRelativePath');
    const wide = join(folder, 'wide');
    await writeFile(wide, Buffer.from(`\ufeff${BROKEN}`, 'utf16le'));
    expect(await runLine(['lint', wide])).toEqual({
      code: 1,
      stdout: '',
      stderr: `lapstrake: ${wide} is written in UTF-16, which no build can read: save it as UTF-8\n`,
    });
  });
});

describe('exit codes are hadolint’s', () => {
  it.each([
    [[], 0],
    [['--failure-threshold', 'style'], 1],
    [['-t', 'none'], 1],
    [['-t', 'error'], 0],
    [['--error', 'DL3048', '-t', 'error'], 1],
    [['--ignore', 'DL3048', '-t', 'style'], 0],
    [['--no-fail', '-t', 'style'], 0],
    [['--format', 'codeclimate', '-t', 'style'], 0],
  ])('with %j a matter of style ends with %i', async (options, expected) => {
    expect((await runLine(['lint', ...options, '-'], STYLE)).code).toBe(expected);
  });

  it.each([
    ['--failure-threshold', 'bad'],
    ['--format', 'table'],
    ['--require-label', 'a:b'],
    ['--no-such-option', 'x'],
  ])('for %s %s they are those of a wrong command line', async (...options) => {
    const { code, stderr } = await runLine(['lint', ...options, '-'], STYLE);
    expect(stderr).not.toBe('');
    expect(code).toBe(1);
  });
});

describe('the configuration', () => {
  it('is the .hadolint.yaml of the Dockerfile’s folder', async () => {
    const project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'Dockerfile'), 'FROM other.example.com/a:1\nWORKDIR app\nLABEL x=1\n');
    const config = [
      'ignored: [DL3000]',
      'override: {error: [DL3048]}',
      'trustedRegistries: ["*.example.org"]',
      'label-schema: {version: semver}',
      'failure-threshold: error',
    ];
    await writeFile(join(project, '.hadolint.yaml'), `${config.join('\n')}\n`);
    const { stdout, code } = await runLine(['lint', '-f', 'json', join(project, 'Dockerfile')]);
    const codes = JSON.parse(stdout).map((each: { code: string }) => each.code);
    expect(codes).toEqual(['DL3049', 'DL3026']);
    expect(code).toBe(1);
  });

  it('is the one that is named, which must be there', async () => {
    const config = await file('other.yaml', 'ignored:\n  - DL3048\n');
    expect((await runLine(['lint', '-c', config, '-t', 'style', '-'], STYLE)).code).toBe(0);
    const { code, stderr } = await runLine(['lint', '--config', join(folder, 'none.yaml'), '-'], STYLE);
    expect(stderr).toContain('there is no file');
    expect(code).toBe(1);
  });

  it('is told where it cannot be read, and counts for nothing', async () => {
    const config = await file('wrong.yaml', 'override: {fatal: [DL3048]}\nignored: DL3048\n');
    const { stderr, code } = await runLine(['lint', '-c', config, '-t', 'style', '-'], STYLE);
    expect(stderr).toContain(`${config} cannot be read: ignored: must be a list`);
    expect(code).toBe(1);
  });

  it('is used but for keys that mean nothing, which are told', async () => {
    const config = await file('misspelt.yaml', 'ignored: [DL3048]\noverrides: {}\noverride: {eror: [DL3006]}\n');
    const { stderr, code } = await runLine(['lint', '-c', config, '-t', 'style', '-'], STYLE);
    expect(stderr).toContain(`${config} has keys that mean nothing: overrides, override.eror`);
    expect(code).toBe(0);
  });

  it('is none by /dev/null', async () => {
    expect(await runLine(['lint', '-c', '/dev/null', '-'], 'FROM alpine:3.22\n')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('comes from the environment, too', async () => {
    const env = { HOME: folder, HADOLINT_IGNORE: 'DL3048', HADOLINT_FAILURE_THRESHOLD: 'style' };
    expect((await runLine(['lint', '-'], STYLE, env)).code).toBe(0);
    expect((await runLine(['lint', '-'], STYLE, { ...env, HADOLINT_IGNORE: '' })).code).toBe(1);
  });

  it('turns comments’ power off', async () => {
    const text = 'FROM alpine:3.22\n# hadolint ignore=DL3048\nLABEL App=1\n';
    expect((await runLine(['lint', '-t', 'style', '-'], text)).code).toBe(0);
    expect((await runLine(['lint', '-t', 'style', '--disable-ignore-pragma', '-'], text)).code).toBe(1);
  });
});

describe('the configurations of several files', () => {
  it('count each for its own, and are complained of once', async () => {
    const at = (name: string) => join(folder, name);
    await Promise.all(['strict', 'lax', 'wrong'].map((name) => mkdir(at(name))));
    await writeFile(at('lax/.hadolint.yaml'), 'failure-threshold: error\n');
    await writeFile(at('wrong/.hadolint.yaml'), 'ignored: [\n');
    for (const name of ['strict/a', 'lax/a', 'wrong/a', 'wrong/b']) {
      await writeFile(at(name), 'FROM alpine:3.22\nWORKDIR app\n');
    }
    expect((await runLine(['lint', at('lax/a')])).code).toBe(0);
    for (const order of [
      ['strict/a', 'lax/a'],
      ['lax/a', 'strict/a'],
    ]) {
      expect((await runLine(['lint', ...order.map(at)])).code).toBe(1);
    }
    const { stderr } = await runLine(['lint', at('wrong/a'), at('wrong/b')]);
    expect(stderr.match(/cannot be read/g)).toHaveLength(1);
    expect(stderr).toContain('(line 2)');
  });

  it('may leave keys without a value', async () => {
    const config = await file('nulls.yaml', 'ignored:\n#  - DL3000\noverride:\n  error:\n  info: [DL3000]\nformat:\n');
    const { stdout, stderr } = await runLine(['lint', '-c', config, '-'], BROKEN);
    expect(stderr).toBe('');
    expect(stdout).toContain('WorkdirRelativePath info');
  });

  it('say the format, and whether to be verbose', async () => {
    const config = await file('formats.yaml', 'verbose: true\nformats: [json]\n');
    const { stdout, stderr } = await runLine(['lint', '-c', config, '-'], BROKEN);
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(stderr).toBe(`configuration: ${config}\n`);
    const wrong = await file('format.yaml', 'format: table\n');
    expect((await runLine(['lint', '-c', wrong, '-'], BROKEN)).stderr).toContain(
      'the configured format is one of tty,',
    );
  });
});

describe('the context', () => {
  it('and a configuration are named where they cannot be read', async () => {
    const path = await file('unreadable', 'FROM alpine:3.22\n');
    const told = async (...options: string[]) => (await runLine(['lint', ...options, path])).stderr;
    expect(await told('--context', join(folder, 'none'))).toMatch(/^lapstrake: cannot read \S+none: ENOENT[^\n]*\n$/);
    expect(await told('--context', path)).toMatch(/^lapstrake: cannot read \S+unreadable: ENOTDIR[^\n]*\n$/);
    expect(await told('--config', folder)).toMatch(/^lapstrake: cannot read [^\n]*: EISDIR[^\n]*\n$/);
    const project = join(folder, 'folder-as-configuration');
    await mkdir(join(project, '.hadolint.yaml'), { recursive: true });
    await writeFile(join(project, '.hadolint.yml'), 'ignored: [DL3048]\n');
    await writeFile(join(project, 'Dockerfile'), STYLE);
    expect(await runLine(['lint', '-t', 'style', join(project, 'Dockerfile')])).toMatchObject({ code: 0, stderr: '' });
  });

  it('is looked at where it is named', async () => {
    const path = await file('with-context', 'FROM alpine:3.22\nCOPY gone /srv/\n');
    expect((await runLine(['lint', path])).stdout).toBe('');
    expect((await runLine(['lint', '--context', folder, path])).stdout).toContain('copy-source-missing error');
  });
});
