import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readDockerfile } from '../dockerfile/read.ts';
import { applyEdits } from '../lint/apply-edits.ts';
import { type Finding, lintDockerfile } from '../lint/lint.ts';
import { shellCheckScripts } from '../lint/shellcheck-scripts.ts';
import { ShellChecker } from './shell-checker.ts';

const { signal } = new AbortController();
let checker: ShellChecker;
beforeAll(() => {
  checker = new ShellChecker(process.env);
});

async function check(text: string): Promise<Finding[]> {
  const { value } = readDockerfile(text);
  await checker.check(shellCheckScripts(value), signal);
  const findings = lintDockerfile(value, text, { shellCheck: (script) => checker.commentsOn(script) });
  return findings.filter(({ code }) => code.startsWith('SC'));
}

/** The words that a finding underlines. */
function underlined(text: string, { range: { start, end } }: Finding): string {
  const lines = text.split('\n');
  if (start.line === end.line) return lines[start.line]?.slice(start.character, end.character) ?? '';
  return [lines[start.line]?.slice(start.character), lines[end.line]?.slice(0, end.character)].join('\n');
}

describe('ShellCheck', () => {
  it('underlines the very words, behind continuations, tabs and characters of two units', async () => {
    const text = 'FROM a:1\nRUN echo 🐳 && \\\n\t# why\n\tls $UNSET \\\n  && cat $OTHER\n';
    const findings = (await check(text)).filter(({ code }) => code === 'SC2086');
    expect(findings.map((finding) => underlined(text, finding))).toEqual(['$UNSET', '$OTHER']);
    expect(findings[0]).toMatchObject({ severity: 'info', lines: { start: 1, end: 4 } });
  });

  it('offers its fixes, mapped back', async () => {
    const text = 'FROM a:1\nRUN ls \\\n  $A\n';
    const [finding] = await check(text);
    expect(finding?.code).toBe('SC2086');
    const after = applyEdits(text, finding?.fixes[0]?.edits ?? []);
    expect(after).toBe('FROM a:1\nRUN ls \\\n  "$A"\n');
    expect(await check(after)).toEqual([]);
  });

  it('reads heredocs that a shell gets, on their own lines', async () => {
    const text = 'FROM a:1\nRUN <<EOF\nls\ncat $A\nEOF\nRUN cat <<EOF > /x\n$NOT_A_SCRIPT\nEOF\n';
    const findings = await check(text);
    expect([...new Set(findings.map((finding) => `${finding.range.start.line} ${underlined(text, finding)}`))]).toEqual(
      ['3 $A'],
    );
  });

  it('knows variables of ARG, ENV and proxies, of the stage alone', async () => {
    const codes = async (text: string) => (await check(text)).map(({ code }) => code);
    expect(await codes('FROM a:1\nARG A\nENV B=1\nRUN echo "$A$B$HTTP_PROXY"')).toEqual([]);
    expect(await codes('FROM a:1\nARG a\nFROM b:1\nRUN echo "$a"')).toEqual(['SC2154']);
    expect(await codes('FROM a:1 AS b\nENV A=1\nFROM b\nRUN echo "$A"')).toEqual([]);
  });

  it('minds SHELL and the pragma, and leaves other shells and exec form alone', async () => {
    const codes = async (text: string) => (await check(text)).map(({ code }) => code);
    expect(await codes('FROM a:1\nRUN echo "$RANDOM"')).not.toEqual([]);
    expect(await codes('FROM a:1\nSHELL ["/bin/bash", "-c"]\nRUN echo "$RANDOM"')).toEqual([]);
    expect(await codes('FROM a:1\nSHELL ["powershell", "-Command"]\nRUN echo $x')).toEqual([]);
    expect(await codes('FROM a:1\n# hadolint shell=cmd\nRUN echo $x')).toEqual([]);
    expect(await codes('FROM a:1\nRUN ["echo", "$x"]')).toEqual([]);
  });

  it('reads a heredoc as the shell does that it is given to', async () => {
    const codes = async (run: string) => (await check(`FROM a:1\nRUN ${run}\n`)).map(({ code }) => code);
    expect(await codes('<<E\necho "$RANDOM"\nE')).toEqual(['SC3028']);
    expect(await codes('<<E bash\necho "$RANDOM"\nE')).toEqual([]);
    expect(await codes('/bin/bash -e <<E\necho "$RANDOM"\nE')).toEqual([]);
    expect(await codes('<<E\n#!/bin/bash\necho "$RANDOM"\nE')).toEqual([]);
    expect(await codes('zsh <<E\necho $RANDOM\nE')).toEqual([]);
  });

  it('is turned off by comments', async () => {
    expect(await check('FROM a:1\n# hadolint ignore=SC2086,SC2154\nRUN ls $x')).toEqual([]);
    expect(await check('# hadolint global ignore=SC2086,SC2154\nFROM a:1\nRUN ls $x')).toEqual([]);
  });

  it('checks each script once', async () => {
    const scripts = shellCheckScripts(readDockerfile('FROM a:1\nRUN once-only $a').value);
    expect(await checker.check(scripts, signal)).toBe(true);
    expect(await checker.check(scripts, signal)).toBe(false);
  });

  it('says nothing where the program is not installed', async () => {
    const none = new ShellChecker({ PATH: '/nonexistent' });
    const scripts = shellCheckScripts(readDockerfile('FROM a:1\nRUN ls $a').value);
    expect(await none.check(scripts, signal)).toBe(false);
    expect(scripts.map((script) => none.commentsOn(script))).toEqual([[]]);
  });

  it('ends with its signal', async () => {
    const scripts = shellCheckScripts(readDockerfile('FROM a:1\nRUN ls $never').value);
    await expect(new ShellChecker(process.env).check(scripts, AbortSignal.abort())).rejects.toThrow();
  });
});

it('is no program of the folder that it is asked in, whatever PATH says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-shellcheck-'));
  const here = process.cwd();
  await writeFile(join(folder, 'shellcheck'), `#!/bin/sh\n: > '${folder}/ran'\necho '{"comments":[]}'\n`);
  await chmod(join(folder, 'shellcheck'), 0o755);
  process.chdir(folder);
  try {
    const own = new ShellChecker({ PATH: '.::./bin' });
    expect(await own.check(shellCheckScripts(readDockerfile('FROM a:1\nRUN ls $x').value), signal)).toBe(false);
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  } finally {
    process.chdir(here);
    await rm(folder, { recursive: true });
  }
});
