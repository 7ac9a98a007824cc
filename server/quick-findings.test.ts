import { describe, expect, it } from 'vitest';
import { readingOf } from './features/test-reading.test-support.ts';
import { QuickFindings } from './quick-findings.ts';

const LONG = Array.from(
  { length: 400 },
  (_, i) => `ENV A${i} b${i}\nWORKDIR app${i}\nRUN cd /x && make V=$A${i}\n`,
).join('');
const BASE = `FROM alpine:3\n${LONG}`;

const shown = (findings: ReturnType<QuickFindings['full']>) =>
  findings.map(({ code, range }) => `${code} ${range.start.line}:${range.start.character}`);

/** The findings while typing beside those of the whole, both of the second text. */
function compare(before: string, after: string) {
  const quick = new QuickFindings();
  quick.full(readingOf(before));
  return { quick: shown(quick.quick(readingOf(after))), full: shown(new QuickFindings().full(readingOf(after))) };
}

describe('findings while typing', () => {
  it.each([
    ['a changed word', BASE.replace('WORKDIR app7\n', 'WORKDIR /app7\n')],
    ['a new line', BASE.replace('WORKDIR app7\n', 'WORKDIR app7\n\n')],
    ['a new instruction', BASE.replace('WORKDIR app7\n', 'WORKDIR app7\nENV new form\n')],
    ['an instruction that is gone', BASE.replace('ENV A7 b7\n', '')],
    ['a variable in a word', BASE.replace('WORKDIR app7\n', 'WORKDIR $A7\n')],
  ])('are those of the whole: %s', (_what, after) => {
    const { quick, full } = compare(BASE, after);
    expect(full.length).toBeGreaterThan(390);
    expect(quick).toEqual(full);
  });

  it('take what hangs on the whole file from the last time that it was judged', () => {
    const { quick, full } = compare(BASE, `${BASE}run x\n`);
    expect(full.filter((each) => !quick.includes(each))).toEqual(['ConsistentInstructionCasing 1201:0']);
  });
});
