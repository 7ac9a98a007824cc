import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runLine } from '../memory-surface.test-support.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-formats-'));
});
afterAll(() => rm(folder, { recursive: true }));

const BROKEN = 'FROM alpine:3.22\nWORKDIR app\nEXPOSEE 80\n';

describe('formats', () => {
  const report = async (format: string): Promise<string> =>
    (await runLine(['lint', '--format', format, '--file-path-in-report', 'a/Docker file', '-'], BROKEN)).stdout;

  it('json: an array with exact places, and the names that others have', async () => {
    expect(JSON.parse(await report('json'))[0]).toMatchObject({
      file: 'a/Docker file',
      line: 2,
      column: 9,
      endLine: 2,
      endColumn: 12,
      level: 'warning',
      code: 'WorkdirRelativePath',
      aliases: ['DL3000'],
      url: 'https://docs.docker.com/go/dockerfile/rule/workdir-relative-path/',
    });
  });

  it('sarif', async () => {
    const { version, runs } = JSON.parse(await report('sarif'));
    expect(version).toBe('2.1.0');
    expect(runs[0].results.map((each: { ruleId: string; level: string }) => [each.ruleId, each.level])).toEqual([
      ['WorkdirRelativePath', 'warning'],
      ['instruction-unknown', 'error'],
    ]);
    expect(runs[0].tool.driver.rules).toMatchObject([
      { id: 'WorkdirRelativePath', shortDescription: { text: expect.any(String) }, help: { text: expect.any(String) } },
      { id: 'instruction-unknown' },
    ]);
    expect(runs[0].results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'a/Docker%20file' },
      region: { startLine: 2, startColumn: 9, endLine: 2, endColumn: 12, sourceLanguage: 'dockerfile' },
    });
  });

  it('checkstyle and junit, escaped', async () => {
    expect(await report('checkstyle')).toContain(
      '<file name="a/Docker file"><error line="2" column="9" severity="warning" message="Relative workdir &quot;app&quot;',
    );
    expect(await report('junit')).toMatch(
      /<testsuite id="lapstrake" .*failures="2".*<failure type="error" message="unknown instruction: EXPOSEE/s,
    );
  });

  it('codeclimate ends each issue with a zero byte, gitlab_codeclimate gives each a fingerprint', async () => {
    const issues = (await report('codeclimate')).split('\0');
    expect(issues).toHaveLength(3);
    expect(JSON.parse(issues[0] ?? '')).toMatchObject({ check_name: 'WorkdirRelativePath', severity: 'major' });
    const gitlab = JSON.parse(await report('gitlab_codeclimate'));
    expect(gitlab[1]).toMatchObject({ severity: 'blocker', fingerprint: expect.stringMatching(/^[0-9a-f]{40}$/) });
  });

  it('github, gnu, codacy and sonarqube', async () => {
    expect(await report('github')).toContain(
      '::warning file=a/Docker file,line=2,endLine=2,col=9,title=WorkdirRelativePath::Relative workdir "app"',
    );
    expect(await report('gnu')).toContain('lapstrake:a/Docker file:3: instruction-unknown error: unknown instruction');
    expect(JSON.parse((await report('codacy')).split('\n')[1] ?? '')).toMatchObject({
      patternId: 'instruction-unknown',
    });
    expect(JSON.parse(await report('sonarqube')).issues[1]).toMatchObject({ severity: 'CRITICAL', type: 'BUG' });
  });

  it('print no control characters of the file', async () => {
    const text = 'FROM alpine:3.22\nEXPOSE a\u001b[2Jb\u009b\n';
    for (const format of ['tty', 'gnu', 'github']) {
      const { stdout } = await runLine(['lint', '-f', format, '-'], text);
      expect(stdout).toContain('invalid containerPort: a\ufffd[2Jb\ufffd');
    }
  });

  it('name files as repositories and URIs do', async () => {
    const source = 'FROM alpine:3.22\nWORKDIR app\n';
    const placed = async (format: string, name: string) =>
      (await runLine(['lint', '-f', format, '--file-path-in-report', name, '-'], source)).stdout;
    for (const format of ['sarif', 'gitlab_codeclimate', 'codeclimate', 'github', 'sonarqube']) {
      expect(await placed(format, './a/Dockerfile')).toMatch(/["=]a\/Dockerfile[",]/);
    }
    expect(await placed('tty', './a/Dockerfile')).toContain('./a/Dockerfile:2 ');
    expect(await placed('sarif', 'C#/a?:b/Dockerfile')).toContain('"uri":"C%23/a%3F%3Ab/Dockerfile"');
    expect(await placed('sarif', '/a b/Dockerfile')).toContain('"uri":"file:///a%20b/Dockerfile"');
  });

  it('gitlab_codeclimate: the fingerprint differs for what is found twice, and stays where lines move', async () => {
    const prints = async (text: string): Promise<string[]> => {
      const { stdout } = await runLine(['lint', '-f', 'gitlab_codeclimate', '-'], text);
      return JSON.parse(stdout).map((each: { fingerprint: string }) => each.fingerprint);
    };
    const text = 'FROM alpine:3.22\nRUN cd /a && cd /b\nRUN cd /a\n';
    const before = await prints(text);
    expect(before.length).toBeGreaterThan(2);
    expect(new Set(before).size).toBe(before.length);
    expect(await prints(`# moved\n\n${text}`)).toEqual(before);
  });

  it('sonarqube: names columns that are there', async () => {
    const ranges = async (text: string) =>
      JSON.parse((await runLine(['lint', '-f', 'sonarqube', '-'], text)).stdout).issues.map(
        (each: { primaryLocation: { textRange: object } }) => each.primaryLocation.textRange,
      );
    expect(await ranges('FROM alpine:3.22\nWORKDIR app\n')).toEqual([
      { startLine: 2, endLine: 2, startColumn: 8, endColumn: 11 },
    ]);
    expect(await ranges('')).toEqual([{ startLine: 1, endLine: 1 }]);
  });

  it('go to files, and where there are more files than formats, as text to the rest', async () => {
    const [json, text] = [join(folder, 'first.json'), join(folder, 'second.txt')];
    const { stdout } = await runLine(['lint', '-f', 'json', '-o', json, '-o', text, '-'], BROKEN);
    expect(stdout).toBe('');
    expect(await readFile(text, 'utf8')).toContain('-:3 instruction-unknown error');
    expect((await runLine(['lint', '-f', 'json', '-o', '-', '-'], BROKEN)).stdout).toMatch(/^\[/);
    const missing = join(folder, 'gone/report');
    expect(await runLine(['lint', '-o', missing, '-'], BROKEN)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`lapstrake: cannot write the report to ${missing}: ENOENT`),
    });
  });

  it('go to files, each to its own', async () => {
    const [first, second] = [join(folder, 'out.json'), join(folder, 'out.sarif')];
    const options = ['-f', 'json', '-f', 'sarif', '-o', first, '-o', second];
    expect((await runLine(['lint', ...options, '-'], BROKEN)).stdout).toBe('');
    expect(JSON.parse(await readFile(first, 'utf8'))).toHaveLength(2);
    expect(JSON.parse(await readFile(second, 'utf8')).version).toBe('2.1.0');
  });
});
