import { hadolintRule } from '../rule.ts';
import { unquoted } from '../source-kind.ts';

const KEY = /^[a-z](?:[a-z0-9./_-]*[a-z0-9])?$/;
const RESERVED = /^(?:com\.docker|io\.docker|org\.dockerproject)\./;

/** A label whose key breaks Docker's guidelines: hadolint's DL3048. */
export const labelKeyInvalid = hadolintRule(
  {
    id: 'label-key-invalid',
    code: 'DL3048',
    title: 'Keys of labels are lower case, with single separators',
    severity: 'style',
    scope: 'instruction',
    docs: {
      why: 'Tools look labels up by their keys: other spellings, and names that Docker keeps for itself, are not found or mean something else.',
      bad: 'FROM debian:13\nLABEL App.Version=1',
      good: 'FROM debian:13\nLABEL app.version=1',
      fix: { does: 'Writes the key in lower case.', changes: 'the label has another name' },
    },
  },
  function* ({ dockerfile }) {
    for (const instruction of dockerfile.instructions) {
      if (instruction.kind !== 'LABEL') continue;
      for (const { name } of instruction.pairs) {
        const key = unquoted(name.text);
        if (isGood(key)) continue;
        const newText = name.text.toLowerCase();
        const fixes = isGood(key.toLowerCase())
          ? [{ title: `Change to ${newText}`, edits: [{ range: name.range, newText }] }]
          : [];
        const message = RESERVED.test(key)
          ? `${key} is among the labels that Docker keeps for itself; begin with a domain of your own`
          : `${key} is no good key for a label; write lower-case letters and digits, with single dots or dashes between`;
        yield { message, range: name.range, at: instruction.node, fixes };
      }
    }
  },
);

function isGood(key: string): boolean {
  return KEY.test(key) && !RESERVED.test(key) && !/\.\.|--/.test(key);
}
