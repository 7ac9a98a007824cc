import { describe, expect, it } from 'vitest';
import type { CodeAction, TextDocumentEdit, TextEdit } from 'vscode-languageserver/node';
import { applyEdits } from '../../../core/lint/apply-edits.ts';
import { codeActions } from '../code-actions.ts';
import { marked, readingOf } from '../test-reading.test-support.ts';

async function refactorings(text: string): Promise<readonly CodeAction[]> {
  const { text: plain, positions } = marked(text);
  const [start, end = start] = positions;
  return codeActions(readingOf(plain), { start: start!, end: end! }, { diagnostics: [], only: ['refactor'] });
}

/** The text after the change of that title; what is selected stands between two `¦`. */
async function changed(text: string, title: RegExp): Promise<string | undefined> {
  const action = (await refactorings(text)).find((each) => title.test(each.title));
  const [change] = (action?.edit?.documentChanges ?? []) as TextDocumentEdit[];
  return change && applyEdits(marked(text).text, change.edits as TextEdit[]);
}

describe('a heredoc of a RUN', () => {
  it.each([
    [
      'keeps what strings hold, blanks behind the RUN aside',
      'RUN¦ echo "a    b" && sed \'s/   y//\' f  ',
      'RUN <<EOF\nset -e\necho "a    b"\nsed \'s/   y//\' f\nEOF',
    ],
    [
      'keeps the lines of a command',
      'RUN¦ apk add \\\n\t\ta \\\n\t\tb && \\\n\tc "x \\\n  y"',
      'RUN <<EOF\nset -e\napk add \\\n    a \\\n    b\nc "x   y"\nEOF',
    ],
    ['sets -e once', 'RUN¦ set -eux && a && b', 'RUN <<EOF\nset -eux\na\nb\nEOF'],
    ['continues lines as a shell does', 'RUN¦ a `\n  b && c', 'RUN <<EOF\nset -e\na \\\n    b\nc\nEOF', '# escape=`\n'],
  ])('%s', async (_what, run, expected, head = '') => {
    expect(await changed(`${head}FROM a\n${run}\n`, /heredoc/)).toBe(`${head}FROM a\n${expected}\n`);
  });

  it.each([
    ['where -e would count within parentheses', 'FROM a\nRUN¦ (a; b) && c\n'],
    ['where a command turns -e off', 'FROM a\nRUN¦ set +e && a && b\n'],
    ['where lines end with what a shell takes for a letter', 'FROM a\r\nRUN¦ a && b\r\n'],
    ['for another shell', 'FROM a\nSHELL ["powershell", "-Command"]\nRUN¦ a && b\n'],
    ['for the shell of Windows', 'FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN¦ a && b\n'],
  ])('is not offered %s', async (_what, text) => {
    expect(await changed(text, /heredoc/)).toBeUndefined();
  });
});

describe('merging RUNs', () => {
  it.each([
    ['keeps the folder to the RUN that changes it', 'RUN¦ cd /x && a\nRUN b', 'RUN (cd /x && a) && \\\n    b'],
    ['keeps variables to their RUN', 'RUN¦ V=1 && a $V;\nRUN b', 'RUN (V=1 && a $V) && \\\n    b'],
    ['keeps functions to their RUN', 'RUN¦ f() { cd /x; }; f\nRUN b', 'RUN (f() { cd /x; }; f) && \\\n    b'],
    ['indents as they do', 'RUN¦ a \\\n  b\nRUN c \\\n  && d', 'RUN a \\\n  b && \\\n  c \\\n  && d'],
    ['takes no string for an operator', 'RUN¦ a "x; y" V=1\nRUN b', 'RUN a "x; y" V=1 && \\\n    b'],
    ['leaves what the last one changes', 'RUN¦ a\nRUN set -e; cd /x; b', 'RUN a && \\\n    { set -e; cd /x; b; }'],
  ])('%s', async (_what, runs, expected) => {
    expect(await changed(`FROM a\n${runs}\n`, /^Merge/)).toBe(`FROM a\n${expected}\n`);
  });

  it.each([
    ['where the rest would become a comment', 'FROM a\nRUN¦ x # why\nRUN y\n'],
    ['where a comment would be lost', 'FROM a\nRUN¦ x\n# why\n\nRUN y\n'],
    ['where a shell would no longer stop at what fails', 'FROM a\nRUN¦ set -ex; x; y\nRUN z\n'],
    ['where SHELL has it stop', 'FROM a\nSHELL ["/bin/bash", "-euo", "pipefail", "-c"]\nRUN¦ x; y\nRUN z\n'],
    ['for another shell', 'FROM a\nSHELL ["powershell", "-Command"]\nRUN¦ x\nRUN y\n'],
  ])('is not offered %s', async (_what, text) => {
    expect(await changed(text, /^Merge/)).toBeUndefined();
  });
});

describe('the form of a command', () => {
  it.each([
    ['HEALTHCHECK CMD¦ [ "a", "b" ]', 'HEALTHCHECK CMD a b'],
    ['RUN¦ ["/bin/sh", "-c", "echo $A"]', 'RUN echo $A'],
    ['SHELL ["/bin/bash", "-c"]\nCMD¦ a | b', 'SHELL ["/bin/bash", "-c"]\nCMD ["/bin/bash", "-c", "a | b"]'],
    ['RUN¦ a && \\\n    b "c \\\n  d"', 'RUN ["/bin/sh", "-c", "a && b \\"c   d\\""]'],
    ['SHELL ["pwsh", "-c"]\nRUN¦ dir', 'SHELL ["pwsh", "-c"]\nRUN ["pwsh", "-c", "dir"]'],
  ])('of %j', async (text, expected) => {
    expect(await changed(`FROM a\n${text}\n`, / form/)).toBe(`FROM a\n${expected}\n`);
  });

  it.each([
    ['of options alone', 'CMD¦ ["--help"]'],
    ['of what the entry point takes', 'ENTRYPOINT ["a"]\nCMD¦ ["b"]'],
    ['of the entry point of a CMD', 'ENTRYPOINT¦ ["a"]\nCMD ["b"]'],
    ['of words with lines', 'RUN¦ ["sh", "-c", "a\\nb"]'],
    ['for another shell', 'SHELL ["pwsh", "-c"]\nRUN¦ ["a"]'],
    ['where a comment alone names the shell', '# hadolint shell=pwsh\nRUN¦ a'],
  ])('stays that %s', async (_what, text) => {
    expect(await changed(`FROM a\n${text}\n`, / form/)).toBeUndefined();
  });
});

describe('extracting an ARG', () => {
  it('names it after what is selected', async () => {
    expect(await changed('FROM ¦node¦:22\n', /^Extract/)).toBe('ARG VALUE=node\nFROM ${VALUE}:22\n');
    expect(await changed('FROM 7zip:¦1¦\n', /^Extract/)).toBe('ARG _7ZIP_VERSION=1\nFROM 7zip:${_7ZIP_VERSION}\n');
    expect(await changed("FROM a\nRUN b 'c' && d ¦1.2¦\n", /^Extract/)).toBe(
      "FROM a\nARG VALUE=1.2\nRUN b 'c' && d ${VALUE}\n",
    );
  });

  it.each([
    ['for a container, which has no ARG', 'FROM a\nCMD node ¦b.js¦\n'],
    ['in single quotes', "FROM a\nRUN a 'b ¦c¦'\n"],
    ['of an operator', 'FROM a\nRUN a¦;b¦\n'],
    ['of the name of a variable', 'FROM a\nWORKDIR /a/$¦FOO¦\n'],
    ['of a digest', `FROM a:1@sha256:${'a'.repeat(64)}¦\n`],
    ['where FROM names its stage', 'FROM a AS ¦b¦\n'],
    ['where COPY names a stage', 'FROM a\nCOPY --from=¦b¦ /x /y\n'],
    ['of the name of a heredoc', 'FROM a\nCOPY <<¦EOF¦ /x\nEOF\n'],
  ])('is not offered %s', async (_what, text) => {
    expect(await changed(text, /^Extract/)).toBeUndefined();
  });
});

describe('cache mounts', () => {
  const APT =
    '--mount=type=cache,target=/var/cache/apt,sharing=locked \\\n    --mount=type=cache,target=/var/lib/apt,sharing=locked \\\n    ';

  it.each([
    [
      'take away what would empty them',
      'RUN¦ apt-get update && apt-get install -y a \\\n  && apt-get clean \\\n  && rm -rf /var/lib/apt/lists/* \\\n  && b',
      `RUN ${APT}apt-get update && apt-get install -y a \\\n  && b`,
    ],
    [
      'leave what else is deleted',
      'RUN¦ set -e; apt-get install -y a; rm -rf /var/lib/apt/lists/* /tmp/*',
      `RUN ${APT}set -e; apt-get install -y a; rm -rf /tmp/*`,
    ],
    [
      'take away the option that turns them off',
      'RUN¦ pip install \\\n  --no-cache-dir \\\n  a',
      'RUN --mount=type=cache,target=/root/.cache/pip \\\n    pip install \\\n  a',
    ],
    [
      'leave comments where they are',
      'RUN¦ apk add \\\n  # why\n  --no-cache a',
      'RUN --mount=type=cache,target=/var/cache/apk \\\n    apk add \\\n  # why\n  --no-cache a',
    ],
    [
      'leave what runs only where something fails',
      'RUN¦ npm ci || npm cache clean --force',
      'RUN --mount=type=cache,target=/root/.npm \\\n    npm ci || npm cache clean --force',
    ],
  ])('%s', async (_what, run, expected) => {
    expect(await changed(`FROM a\n${run}\n`, /cache mount/)).toBe(`FROM a\n${expected}\n`);
  });

  it('of root’s home are not offered for another user', async () => {
    expect(await changed('FROM a\nUSER app\nRUN¦ npm ci\n', /cache mount/)).toBeUndefined();
    expect(await changed('FROM a\nUSER app\nUSER root\nRUN¦ npm ci\n', /cache mount/)).toBeDefined();
  });
});

describe('two stages of one', () => {
  it('have all that says how the image runs in the second, with its comments', async () => {
    const text =
      'FROM¦ a:1\nARG V=1\nARG W=2\nENV X=$V\n# who\nLABEL b=c\nWORKDIR /srv\nUSER 1000\nCMD ["x"]\nRUN make\n\n# ports\nEXPOSE 80\n';
    expect(await changed(text, /stage/)).toBe(
      'FROM a:1 AS build\nARG V=1\nARG W=2\nENV X=$V\nWORKDIR /srv\nUSER 1000\nRUN make\n\n' +
        'FROM a:1\nARG V=1\nENV X=$V\nWORKDIR /srv\nCOPY --from=build /srv /srv\n# who\nLABEL b=c\nUSER 1000\nCMD ["x"]\n# ports\nEXPOSE 80\n',
    );
  });

  it('are offered by what is left of the files', async () => {
    const titles = (await refactorings('FROM¦ a:1\nWORKDIR /srv\nRUN x\n')).map(({ title }) => title);
    expect(titles).toContain('Split into a build stage and a stage that ships /srv alone');
  });

  it.each([
    ['where no folder is known to be there', 'FROM¦ a\nRUN x\n'],
    ['where the folder has a variable', 'FROM¦ a\nWORKDIR /srv/$V\nRUN x\n'],
    ['where only the first would have the user', 'FROM¦ a\nWORKDIR /srv\nRUN adduser -D app\nUSER app\n'],
  ])('are not offered %s', async (_what, text) => {
    expect(await changed(text, /stage/)).toBeUndefined();
  });
});
