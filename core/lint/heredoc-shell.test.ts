import { describe, expect, it } from 'vitest';
import { heredocShell } from '../dockerfile/heredoc-shell.ts';
import { readDockerfile } from '../dockerfile/read.ts';
import { shellCheckScripts } from './shellcheck-scripts.ts';

/** The shell of the only heredoc of a RUN. */
function shellOf(line: string, content = 'a'): string | undefined {
  const [, run] = readDockerfile(`FROM a:1\nRUN ${line}\n${content}\nEOF\n`).value.instructions;
  const [heredoc] = run?.node.heredocs ?? [];
  if (run?.kind !== 'RUN' || run.command.form !== 'shell' || heredoc === undefined)
    throw new Error(`No heredoc: ${line}`);
  return heredocShell(heredoc, run.command.text.text);
}

describe('a heredoc', () => {
  it.each([
    ['<<EOF', ''],
    ['<<-"EOF"', ''],
    ['bash <<EOF', 'bash'],
    ['/bin/bash -euxo pipefail <<EOF', 'bash'],
    ['sh -e -o nounset -s <<EOF', 'sh'],
    ['ash <<EOF', 'ash'],
    ['A=1 bash --login <<EOF', 'bash'],
    ['env A=1 B= bash <<EOF', 'bash'],
    ['<<EOF bash -x', 'bash'],
  ])('is read by a shell: %s', (line, shell) => {
    expect(shellOf(line)).toBe(shell);
  });

  it.each(['cat <<EOF', 'cat <<EOF > /a', 'python3 <<EOF', '<<EOF python3', 'fish <<EOF', 'bash -c a <<EOF'])(
    'is for another program: %s',
    (line) => {
      expect(shellOf(line)).toBeUndefined();
    },
  );

  it('is read by what its first line names', () => {
    expect(shellOf('<<EOF', '#!/usr/bin/env bash')).toBe('bash');
    expect(shellOf('<<EOF', '#!/bin/ash -e')).toBe('ash');
    expect(shellOf('<<EOF', '#!/usr/bin/env python3')).toBeUndefined();
  });

  it('that is written to a file is no script of the RUN, whatever its first line names', () => {
    expect(shellOf("cat > /run.sh <<'EOF'", '#!/bin/sh')).toBeUndefined();
    expect(shellOf('<<EOF cat > /run.sh', '#!/bin/bash')).toBeUndefined();
    expect(shellOf('<<EOF tee /run.sh', '#!/bin/bash')).toBeUndefined();
  });

  it('is checked as a script of that shell', () => {
    const text = 'FROM a:1\nRUN bash <<EOF\n[[ a ]]\nEOF\nRUN <<EOF\n#!/bin/ksh\na\nEOF\nRUN <<EOF\na\nEOF\n';
    expect(shellCheckScripts(readDockerfile(text).value).map(({ head }) => head.split('\n', 1)[0])).toEqual([
      '#!/bin/bash',
      '#!/bin/ksh',
      '#!/bin/sh',
    ]);
  });
});
