import { describe, expect, it } from 'vitest';
import { shell } from '../bash/shell.test-support.ts';
import { readDockerfile } from '../dockerfile/read.ts';
import { lintDockerfile } from './lint.ts';
import { shellCheckScripts } from './shellcheck-scripts.ts';

function codesOf(text: string): string[] {
  const findings = lintDockerfile(readDockerfile(text).value, text, { shell, baseOf: () => undefined });
  return findings.map(({ code }) => code);
}

describe('an image of Windows', () => {
  it.each([
    'mcr.microsoft.com/windows/servercore:ltsc2022',
    'mcr.microsoft.com/windows:1809',
    'mcr.microsoft.com/dotnet/framework/aspnet:4.8',
    'golang:1.26-windowsservercore-ltsc2022',
    '$REPO:10.0-nanoserver-ltsc2025-amd64 AS a',
    'microsoft/nanoserver AS a\nFROM a',
    '--platform=windows/amd64 a:1',
  ])('is known by what FROM names: %s', (from) => {
    const text = `# escape=\`\nFROM ${from}\nWORKDIR C:\\app\nRUN powershell $x = [a]::b(1) | wget http://a/b`;
    expect(codesOf(text)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:WorkdirRelativePath|DL3047|DL4006)$/)]),
    );
    expect(shellCheckScripts(readDockerfile(text).value)).toEqual([]);
    expect(codesOf(text.replace(from, 'dockcross/windows-static-x64'))).toEqual(
      expect.arrayContaining(['WorkdirRelativePath', 'DL3047', 'DL4006']),
    );
  });
});
