import type { Range } from '../../dockerfile/ast.ts';
import { rangeIn } from '../../dockerfile/joined-line.ts';
import { type ExposedWord, exposedWords } from '../exposed-word.ts';
import { isLower } from '../letter-case.ts';
import { buildKitUrl, type Fix, type Rule } from '../rule.ts';

/** `EXPOSE 80/TCP`. */
export const exposeProtoCasing: Rule = {
  id: 'expose-proto-casing',
  code: 'ExposeProtoCasing',
  title: 'Protocol in EXPOSE instruction should be lowercase',
  aliases: [],
  severity: 'warning',
  scope: 'instruction',
  docs: {
    why: 'Protocols are written in lower case everywhere else.',
    bad: 'FROM nginx:1.29\nEXPOSE 80/TCP',
    good: 'FROM nginx:1.29\nEXPOSE 80/tcp',
    fix: { does: 'Writes the protocol in lower case.', sameImage: true },
  },
  url: buildKitUrl('expose-proto-casing'),
  *check({ steps }) {
    for (const word of exposedWords(steps)) {
      if (isLower(word.protocol)) continue;
      const range = protocolRange(word);
      yield {
        message: `Defined protocol '${word.text}' in EXPOSE instruction should be lowercase`,
        range: range ?? word.range,
        at: word.at,
        fixes: range ? [lowerCase(range, word)] : [],
      };
    }
  },
};

function protocolRange({ literal, protocol }: ExposedWord): Range | undefined {
  return literal && rangeIn(literal, literal.text.length - protocol.length, literal.text.length);
}

function lowerCase(range: Range, { protocol }: ExposedWord): Fix {
  const newText = protocol.toLowerCase();
  return { title: `Change to ${newText}`, preferred: true, edits: [{ range, newText }] };
}
