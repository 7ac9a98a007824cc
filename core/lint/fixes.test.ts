import { describe, expect, it } from 'vitest';
import { shell } from '../bash/shell.test-support.ts';
import { readDockerfile } from '../dockerfile/read.ts';
import { applyEdits } from './apply-edits.ts';
import { lintDockerfile } from './lint.ts';

/** The text after the first fix of a rule's every finding, one after the other. */
function fixed(code: string, text: string): string {
  const found = lintDockerfile(readDockerfile(text).value, text, { shell });
  const [fix] = found.find((each) => each.code === code && each.fixes.length > 0)?.fixes ?? [];
  return fix ? fixed(code, applyEdits(text, fix.edits)) : text;
}

describe('fixes that put a line above an instruction', () => {
  it('leave its comment with it', () => {
    expect(fixed('DL3003', 'FROM a:1\n# hadolint ignore=DL3008\nRUN cd /x && apt-get install -y b\n')).toBe(
      'FROM a:1\nWORKDIR /x\n# hadolint ignore=DL3008\nRUN apt-get install -y b\n',
    );
  });

  it.each([
    ['debian:13', '/bin/bash'],
    ['alpine:3.22', '/bin/ash'],
    ['example.org/a/alpine', '/bin/ash'],
    ['node:24-alpine3.22 AS b', '/bin/ash'],
    ['busybox@sha256:1', '/bin/ash'],
    ['some/alpine-arm:1', '/bin/ash'],
    ['alpinist:1', '/bin/bash'],
  ])('name a shell that %s has', (image, program) => {
    const text = `FROM ${image}\nRUN a | b\n`;
    const shellLine = `SHELL ["${program}", "-o", "pipefail", "-c"]`;
    expect(fixed('DL4006', text)).toBe(`FROM ${image}\n${shellLine}\nRUN a | b\n`);
  });
});

describe('fixes that add an option', () => {
  it('take one that the image’s program knows', () => {
    expect(fixed('DL3047', 'FROM debian:13\nRUN wget a\nFROM alpine:3\nRUN wget b\n')).toBe(
      'FROM debian:13\nRUN wget --progress=dot:giga a\nFROM alpine:3\nRUN wget -q b\n',
    );
  });
});

describe('fixes that add a command', () => {
  it('indent it as the others', () => {
    expect(fixed('DL3009', 'FROM a:1\nRUN apt-get update \\\n  && apt-get install -y \\\n      b\n')).toBe(
      'FROM a:1\nRUN apt-get update \\\n  && apt-get install -y \\\n      b \\\n  && rm -rf /var/lib/apt/lists/*\n',
    );
  });
});

describe('fixes that join RUNs', () => {
  it('indent as these do', () => {
    expect(fixed('DL3059', 'FROM a:1\nRUN apk add \\\n\ta\nRUN b\n')).toBe(
      'FROM a:1\nRUN apk add \\\n\ta \\\n\t&& b\n',
    );
    expect(
      fixed('package-update-alone', 'FROM a:1\nRUN apt-get update\nRUN apt-get install -y \\\n      b \\\n  && c\n'),
    ).toBe('FROM a:1\nRUN apt-get update \\\n  && apt-get install -y \\\n      b \\\n  && c\n');
  });
});
