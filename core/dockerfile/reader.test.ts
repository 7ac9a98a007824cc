import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DockerfileReader } from './dockerfile-reader.ts';
import { plain } from './plain.test-support.ts';
import { readDockerfile } from './read.ts';

const PIECES = [
  ...[
    'FROM a AS b\n',
    'RUN x \\\n  y\n',
    'RUN x \\\n# c\n  y\n',
    'RUN <<E\nz\nE\n',
    'COPY <<A <<B /\n1\nA\n2\nB\n',
    '# note\n',
  ],
  ...[
    'ENV A=1 B="c d"\n',
    'ONBUILD RUN <<E\nq\nE\n',
    'LABEL a=b\n',
    '\n',
    'CMD ["a"]\n',
    'RUN --mount=type=cache,target=/x y\n',
  ],
  ...['\\\n', '"', "'", '<<E\n', 'E\n', ' ', 'x', '\r\n', 'FROM', '# escape=`\n', '`\n', 'EXPOSE 80'],
];

describe('reading one version after another', () => {
  it('gives what reading each by itself gives', () => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 });
    const change = fc.record({
      at: fc.nat(12),
      remove: fc.nat(2),
      insert: fc.array(fc.constantFrom(...PIECES), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(
        text,
        fc.array(fc.array(change, { minLength: 1, maxLength: 2 }), { maxLength: 6 }),
        (start, versions) => {
          const reader = new DockerfileReader();
          const parts = [...start];
          expect(plain(reader.read(parts.join('')))).toEqual(readDockerfile(parts.join('')));
          for (const changes of versions) {
            for (const { at, remove, insert } of changes) parts.splice(at % (parts.length + 1), remove, ...insert);
            expect(plain(reader.read(parts.join('')))).toEqual(readDockerfile(parts.join('')));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('moves nothing for good where it has to read a second time', () => {
    const reader = new DockerfileReader();
    const texts = [
      'FROM a\nRUN x\nRUN y\nFROM b\nRUN z\n',
      'FROM a\n\nRUN x\nRUN y \\\nFROM b\nRUN z\n',
      'FROM a\nRUN x\n',
    ];
    for (const text of texts) expect(plain(reader.read(text))).toEqual(readDockerfile(text));
  });

  it('keeps what did not change, also where it moves', () => {
    const reader = new DockerfileReader();
    const first = reader.read('FROM a\nRUN x\nRUN y\nRUN z\n').value.instructions;
    const second = reader.read('FROM a\nRUN x\nRUN yy\nRUN z\n').value.instructions;
    expect([0, 1, 2, 3].map((at) => first[at] === second[at])).toEqual([true, true, false, true]);
    const third = reader.read('FROM a\n\nRUN x\nRUN yy\nRUN z\n').value.instructions;
    expect([0, 1, 2, 3].map((at) => third[at] === second[at])).toEqual([true, true, true, true]);
    expect(third[3]?.node.startLine).toBe(4);
  });
});
