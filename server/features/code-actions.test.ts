import { describe, expect, it } from 'vitest';
import type { CodeAction, TextDocumentEdit, TextEdit } from 'vscode-languageserver/node';
import { applyEdits } from '../../core/lint/apply-edits.ts';
import { codeActions, FIX_ALL } from './code-actions.ts';
import { marked, NODE_IMAGE, readingOf } from './test-reading.test-support.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const found = (of: string) => ({ exists: true, digest: of, platforms: [], size: 1, created: '', layers: 1 }) as const;
const FACTS = {
  images: { 'node:22': NODE_IMAGE, 'node:24': NODE_IMAGE },
  registry: { 'node:23': found(digest('e')), 'node:24': found(digest('f')) },
};

async function actionsAt(text: string, only?: string[]): Promise<{ text: string; actions: CodeAction[] }> {
  const { text: plain, positions } = marked(text);
  const [start, end = start] = positions;
  const reading = readingOf(plain, FACTS);
  await reading.preview();
  const context = { diagnostics: [], ...(only && { only }) };
  return { text: plain, actions: await codeActions(reading, { start: start!, end: end! }, context) };
}

/** The text after the action of that title; what is selected stands between two `¦`. */
async function changed(text: string, title: RegExp, only?: string[]): Promise<string | undefined> {
  const { text: plain, actions } = await actionsAt(text, only);
  const action = actions.find((each) => title.test(each.title));
  const [change] = (action?.edit?.documentChanges ?? []) as TextDocumentEdit[];
  return change && applyEdits(plain, change.edits as TextEdit[]);
}

describe('extracting an ARG', () => {
  it.each([
    [
      'the tag of FROM',
      '# c\nFROM node:2¦2\n',
      'ARG NODE_VERSION=22\n# c\nFROM node:${NODE_VERSION}\n'.replace(
        'ARG NODE_VERSION=22\n# c\n',
        'ARG NODE_VERSION=22\n# c\n',
      ),
    ],
    ['what is selected', 'FROM a\nWORKDIR /srv/¦shop¦\n', 'FROM a\nARG VALUE=shop\nWORKDIR /srv/${VALUE}\n'],
    [
      'with a name that is free',
      'FROM a\nENV VALUE=1\nEXPOSE ¦80¦\n',
      'FROM a\nENV VALUE=1\nARG VALUE_2=80\nEXPOSE ${VALUE_2}\n',
    ],
    ['of a later stage, above the first', 'FROM a\nFROM b:¦1¦\n', 'ARG B_VERSION=1\nFROM a\nFROM b:${B_VERSION}\n'],
  ])('%s', async (_what, text, expected) => {
    expect(await changed(text, /^Extract/)).toBe(expected);
  });

  it.each([
    'FROM a\nWORKDIR ¦',
    'FROM a\nENV ¦A¦=b\n',
    'FROM a\nWORKDIR ¦$A¦\n',
    'FROM a\nLABEL a="x¦ ¦y"\n',
    '¦FROM¦ a\n',
  ])('is not offered for %j', async (text) => {
    expect(await changed(text, /^Extract/)).toBeUndefined();
  });
});

describe('the form of commands', () => {
  it.each([
    ['FROM a\nCMD¦ node "a b.js" --x\n', /exec form$/, 'FROM a\nCMD ["node", "a b.js", "--x"]\n'],
    ['FROM a\nCMD¦ echo $A\n', /through a shell/, 'FROM a\nCMD ["/bin/sh", "-c", "echo $A"]\n'],
    ['FROM a\nENTRYPOINT¦ ["a", "b c", "it\'s"]\n', /shell form/, `FROM a\nENTRYPOINT a 'b c' 'it'\\''s'\n`],
    ['FROM a\nHEALTHCHECK --timeout=1s CMD¦ ["a", "b"]\n', /shell form/, 'FROM a\nHEALTHCHECK --timeout=1s CMD a b\n'],
    ['FROM a\nHEALTHCHECK CMD¦ curl -f x\n', /exec form$/, 'FROM a\nHEALTHCHECK CMD ["curl", "-f", "x"]\n'],
  ])('%j', async (text, title, expected) => {
    expect(await changed(text, title)).toBe(expected);
  });
});

describe('merging RUNs', () => {
  it.each([
    ['this one and the next', 'FROM a\nRUN¦ x\nRUN y\nRUN z\n', 'FROM a\nRUN x && \\\n    y\nRUN z\n'],
    ['all that are selected', 'FROM a\nRUN¦ x\nRUN y\nRUN z¦\n', 'FROM a\nRUN x && \\\n    y && \\\n    z\n'],
    [
      'keeping together what && would tear apart',
      'FROM a\nRUN¦ x || true\nRUN y\n',
      'FROM a\nRUN { x || true; } && \\\n    y\n',
    ],
    [
      'keeping together what begins with a keyword alone, and with the ends of lines that are there',
      'FROM a\r\nRUN¦ x \\\r\n  y\r\nRUN if a; then b; fi; c &\r\n',
      'FROM a\r\nRUN x \\\r\n  y && \\\r\n    { if a; then b; fi; c & }\r\n',
    ],
    [
      'with equal flags',
      'FROM a\nRUN¦ --network=none x\nRUN --network=none y\n',
      'FROM a\nRUN --network=none x && \\\n    y\n',
    ],
  ])('%s', async (_what, text, expected) => {
    expect(await changed(text, /^Merge/)).toBe(expected);
  });

  it.each([
    'FROM a\nRUN¦ x\nENV A=1\nRUN y\n',
    'FROM a\nRUN¦ --network=none x\nRUN y\n',
    'FROM a\nRUN¦ x\n# why\nRUN y\n',
    'FROM a\nRUN¦ ["x"]\nRUN y\n',
    'FROM a\nRUN¦ x\nFROM b\nRUN y\n',
  ])('is not offered for %j', async (text) => {
    expect(await changed(text, /^Merge/)).toBeUndefined();
  });
});

describe('a heredoc of a RUN', () => {
  it('has a command a line', async () => {
    const text =
      'FROM a\nRUN¦ --network=none apt-get update && \\\n    apt-get install -y x | tee "a && b" \\\n && (cd y && z)\n';
    expect(await changed(text, /heredoc/)).toBe(
      'FROM a\nRUN --network=none <<EOF\nset -e\napt-get update\napt-get install -y x | tee "a && b"\n(cd y && z)\nEOF\n',
    );
  });

  it.each([
    'RUN¦ a',
    'RUN¦ a && b || c',
    'RUN¦ a; b && c',
    'RUN¦ if a && b; then c; fi',
    'RUN¦ a && ! b',
    'RUN¦ a && \\\n# c\n b',
  ])('is not made of %j', async (text) => {
    expect(await changed(`FROM a\n${text}\n`, /heredoc/)).toBeUndefined();
  });
});

describe('cache mounts', () => {
  it.each([
    [
      'apt, whose lists are not thrown away any more',
      'RUN¦ apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*',
      'RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \\\n    --mount=type=cache,target=/var/lib/apt,sharing=locked \\\n    apt-get update && apt-get install -y x',
    ],
    ['npm', 'RUN¦ npm ci', 'RUN --mount=type=cache,target=/root/.npm \\\n    npm ci'],
    [
      'pip',
      'RUN¦ pip3 install -r r.txt',
      'RUN --mount=type=cache,target=/root/.cache/pip \\\n    pip3 install -r r.txt',
    ],
    [
      'what is missing only',
      'RUN¦ --mount=type=cache,target=/go/pkg/mod go build ./...',
      'RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \\\n    go build ./...',
    ],
  ])('for %s', async (_what, text, expected) => {
    expect(await changed(`FROM a\n${text}\n`, /cache mount/)).toBe(`FROM a\n${expected}\n`);
  });

  it('are not offered where nothing downloads, or all is mounted', async () => {
    expect(await changed('FROM a\nRUN¦ npm test\n', /cache mount/)).toBeUndefined();
    expect(await changed('FROM a\nRUN¦ --mount=type=cache,target=/root/.npm npm ci\n', /cache mount/)).toBeUndefined();
  });
});

describe('other changes of form', () => {
  it('make two stages of one: what says how it runs moves', async () => {
    const text = 'FROM¦ node:22\nWORKDIR /srv\nCOPY . .\nRUN make\nEXPOSE 80\nCMD ["x"]\n';
    expect(await changed(text, /build stage/)).toBe(
      'FROM node:22 AS build\nWORKDIR /srv\nCOPY . .\nRUN make\n\nFROM node:22\nWORKDIR /srv\nCOPY --from=build /srv /srv\nEXPOSE 80\nCMD ["x"]\n',
    );
    expect(await changed('FROM¦ a\nRUN x\nFROM b\n', /build stage/)).toBeUndefined();
  });

  it('pin a tag to the digest that the engine knows', async () => {
    expect(await changed('FROM node:2¦2 AS b\n', /^Pin/)).toBe(`FROM node:22@sha256:${'d'.repeat(64)} AS b\n`);
    expect(await changed('FROM other:2¦2 AS b\n', /^Pin/)).toBeUndefined();
    expect(await changed('FROM "node:2¦2"\n', /^Pin/)).toBeUndefined();
  });

  it('pin a tag to the digest that its registry knows, beside the engine’s where they differ', async () => {
    expect(await changed('FROM node:2¦3\n', /^Pin/)).toBe(`FROM node:23@${digest('e')}\n`);
    expect(await changed('FROM node:2¦4\n', /to its digest/)).toBe(`FROM node:24@${digest('d')}\n`);
    expect(await changed('FROM node:2¦4\n', /newer digest/)).toBe(`FROM node:24@${digest('f')}\n`);
  });
});

describe('fixes', () => {
  it('of all that is safe are one source action, offered when it is asked for', async () => {
    const text = '¦FROM a:1 as x\nMAINTAINER me\nrun y\nENV a b\n';
    expect((await actionsAt(text)).actions.map(({ kind }) => kind)).not.toContain(FIX_ALL);
    const fixed = await changed(text, /^Fix all that/, [FIX_ALL]);
    expect(fixed).toContain('FROM a:1 AS x');
    expect(fixed).toContain('RUN y');
    // A label is not the author field of the image.
    expect(fixed).toContain('MAINTAINER me');
    expect(await changed('¦FROM a:1\n', /^Fix all that/, ['source.fixAll'])).toBeUndefined();
  });

  it('of one rule are made everywhere at once', async () => {
    const text = 'FROM a:1\nENV a¦ b\nENV c d\n';
    expect(await changed(text, /^Fix all 2 LegacyKeyValueFormat/)).toBe('FROM a:1\nENV a=b\nENV c=d\n');
  });

  it('of all that is safe leave no line where there was more than one', async () => {
    const fixed = await changed('¦FROM a:1\nCMD ["x"]\nCMD ["y"]\n', /^Fix all that/, [FIX_ALL]);
    expect(fixed).toBe('FROM a:1\nCMD ["y"]\n');
    expect(await changed('¦FROM a:1\nENV a b', /^Fix all that/, [FIX_ALL])).toBe('FROM a:1\nENV a=b');
  });

  it('of one rule are made once where one of them does for the whole stage', async () => {
    const shell = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n';
    const text = 'FROM a:1\nRUN a |¦ b\nRUN c | d\nFROM b:1\nRUN e | f\n';
    expect(await changed(text, /^Fix all 3 DL4006/)).toBe(
      `FROM a:1\n${shell}RUN a | b\nRUN c | d\nFROM b:1\n${shell}RUN e | f\n`,
    );
  });

  it('end lines as the text does', async () => {
    const text = 'FROM a:1\r\nRUN apt-get update \\\r\n  && apt-get ins¦tall -y b=1\r\nCMD x\r\n';
    const { actions } = await actionsAt(text);
    const edits = actions.flatMap(({ edit }) =>
      ((edit?.documentChanges ?? []) as TextDocumentEdit[]).flatMap((change) => change.edits as TextEdit[]),
    );
    expect(edits.filter(({ newText }) => newText.includes('\n')).length).toBeGreaterThan(1);
    expect(edits.filter(({ newText }) => /(?<!\r)\n/.test(newText))).toEqual([]);
  });

  it('come before what only ignores', async () => {
    const titles = (await actionsAt('FROM a:1\nRUN apt-get ¦install¦ b\n', ['quickfix'])).actions.map(
      ({ title }) => title,
    );
    const first = titles.findIndex((title) => title.startsWith('Ignore'));
    expect(first).toBeGreaterThan(1);
    expect(titles.slice(first).filter((title) => !title.startsWith('Ignore'))).toEqual([]);
  });

  it('say what they change, where the image does not stay the same', async () => {
    const titles = async (text: string) => (await actionsAt(text)).actions.map(({ title }) => title);
    expect(await titles('FROM a:1\nMAINTAINER¦ me\n')).toContain(
      'Change to LABEL (the image loses its author field and gains the label)',
    );
    expect(await titles('FROM a:1\nEXPOSE 80\nMAINT¦AINER me\nMAINTAINER you\n')).toContain(
      'Fix all 2 MaintainerDeprecated in this file (the image loses its author field and gains the label)',
    );
    expect(await titles('FROM a:1\nEXPOSE 80/T¦CP\n')).toContain('Change to tcp');
  });

  it('of a word that is not known write the one with two letters in the other order, if there is one', async () => {
    expect(await changed('FROM a:1\nRN¦U x\n', /^Change to “/)).toBe('FROM a:1\nRUN x\n');
    expect(await changed('FROM a:1\ncdm¦ ["x"]\n', /^Change to “/)).toBe('FROM a:1\ncmd ["x"]\n');
    expect(await changed('FROM a:1\nCOPY --chw¦on=1 a b\n', /^Change to “/)).toBe('FROM a:1\nCOPY --chown=1 a b\n');
    expect(await changed('FROM a:1\nRUNN¦ x\n', /^Change to “/)).toBe('FROM a:1\nRUN x\n');
  });

  it('are only those that are asked for', async () => {
    const { actions } = await actionsAt('FROM a:1 as¦ x\nCMD y\n', ['refactor']);
    expect(actions.every(({ kind }) => kind?.startsWith('refactor'))).toBe(true);
  });
});

describe('ignoring', () => {
  it.each([
    [
      'adds to the comment of hadolint’s that is there, of which it reads one alone',
      '# hadolint ignore=DL3009 # why\nRUN apt-get update && apt-get ¦install -y b',
      /^Ignore DL3015/,
      '# hadolint ignore=DL3009,DL3015 # why\nRUN apt-get update && apt-get install -y b',
    ],
    [
      'adds to the checks that are skipped already',
      '# check=skip=UndefinedVar why\nENV a¦ $B',
      /^Ignore Legacy/,
      '# check=skip=UndefinedVar,LegacyKeyValueFormat why\nENV a $B',
    ],
    [
      'leaves a comment of hadolint’s right above its instruction',
      '# hadolint ignore=DL3044\nENV a¦ b',
      /^Ignore Legacy/,
      '# check=skip=LegacyKeyValueFormat\n# hadolint ignore=DL3044\nENV a b',
    ],
    [
      'stands above the instruction that BuildKit judges',
      'CM¦D ["x"]\nCMD ["y"]',
      /^Ignore Multiple/,
      'CMD ["x"]\n# check=skip=MultipleInstructionsDisallowed\nCMD ["y"]',
    ],
  ])('%s', async (_what, text, title, expected) => {
    expect(await changed(`FROM a:1\n${text}\n`, title)).toBe(`FROM a:1\n${expected}\n`);
  });
});
