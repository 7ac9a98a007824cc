import { describe, expect, it } from 'vitest';
import { signatureHelp } from './signature-help.ts';
import { marked, readingOf } from './test-reading.test-support.ts';

/** The form that is meant, with the part that is being written between `«»`. */
function told(text: string): string | undefined {
  const { text: plain, positions } = marked(text);
  const help = signatureHelp(readingOf(plain), positions[0]!);
  const signature = help?.signatures[help.activeSignature ?? 0];
  if (help === undefined || signature === undefined) return undefined;
  const [start, end] = signature.parameters![help.activeParameter ?? 0]!.label as [number, number];
  const { label } = signature;
  return `${label.slice(0, start)}«${label.slice(start, end)}»${label.slice(end)}`;
}

describe('the form that is being written', () => {
  it.each([
    ['FROM ¦', 'FROM [--platform=PLATFORM] «IMAGE[:TAG|@DIGEST]» [AS] [NAME]'],
    ['FROM --plat¦', 'FROM «[--platform=PLATFORM]» IMAGE[:TAG|@DIGEST] [AS] [NAME]'],
    ['FROM --platform=x a ¦', 'FROM [--platform=PLATFORM] IMAGE[:TAG|@DIGEST] «[AS]» [NAME]'],
    ['FROM a AS ¦', 'FROM [--platform=PLATFORM] IMAGE[:TAG|@DIGEST] [AS] «[NAME]»'],
    ['FROM a\nENV A=b ¦', 'ENV NAME=VALUE «…»'],
    ['FROM a\nCMD ["x", ¦', 'CMD ["PROGRAM"« , "ARGUMENT"…]»'.replace('« ,', ' «,')],
    ['FROM a\nCMD x¦', 'CMD «COMMAND»'],
    ['FROM a\nRUN ["x", ¦', 'RUN ["PROGRAM" «, "ARGUMENT"…]»'],
    ['FROM a\nRUN ["x,y¦"]', 'RUN «["PROGRAM"» , "ARGUMENT"…]'],
    ['FROM a\nCOPY --link ["x¦", "y"]', 'COPY «["SOURCE"» , "DESTINATION"]'],
    ['FROM a\nADD ["x", "¦y"]', 'ADD ["SOURCE" «, "DESTINATION"]»'],
    ['FROM a\nHEALTHCHECK NO¦', 'HEALTHCHECK «NONE»'],
    ['FROM a\nHEALTHCHECK NONE¦', 'HEALTHCHECK «NONE»'],
    ['FROM a\nONBUILD WORKDIR ¦', 'WORKDIR «PATH»'],
    ['FROM a\nVOLUME /a \\\n  /b¦', 'VOLUME PATH «…»'],
  ])('%j: %s', (text, expected) => {
    expect(told(text)).toBe(expected);
  });

  it.each([
    ['HEALTHCHECK --interval=3s ¦', 'CMD'],
    ['HEALTHCHECK CMD curl x¦', 'COMMAND'],
    ['COPY a ¦b /c', 'SOURCE…'],
    ['COPY a b ¦', 'DESTINATION'],
    ['COPY --from=x a ¦', 'DESTINATION'],
    ['RUN --mount=type=tmpfs,target=/x make ¦', 'COMMAND'],
  ])('is at the right part in %j: %s', (text, part) => {
    expect(told(`FROM a\n${text}`)).toContain(`«${part}»`);
  });

  it.each(['FRO¦', 'FROM a\nXYZ ¦', 'FROM a\n# a ¦', 'FROM a\nRUN <<E\nls ¦\nE\n'])('is none in %j', (text) => {
    expect(told(text)).toBeUndefined();
  });
});
