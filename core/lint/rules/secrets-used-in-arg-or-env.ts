import type { Range } from '../../dockerfile/ast.ts';
import { goQuote } from '../../dockerfile/go-quote.ts';
import { buildKitUrl, type Rule } from '../rule.ts';
import type { Step } from '../stage-steps.ts';

const SECRET = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const HARMLESS = /(?:_|^)(?:public|file|version)(?:_|$)/i;

/** A name that sounds like a secret in ARG or ENV, whose values anybody can read in the image. */
export const secretsUsedInArgOrEnv: Rule = {
  id: 'secrets-used-in-arg-or-env',
  code: 'SecretsUsedInArgOrEnv',
  title: 'Sensitive data should not be used in the ARG or ENV commands',
  aliases: ['DL3064'],
  severity: 'warning',
  scope: 'instruction',
  docs: {
    why: 'Everybody who has the image can read its variables and the arguments it was built with.',
    bad: 'FROM debian:13\nENV API_TOKEN=abc',
    good: 'FROM debian:13\nRUN --mount=type=secret,id=api_token use-it',
    fix: { none: 'What uses the value has to read it from a mount of type secret, each program in a way of its own.' },
  },
  url: buildKitUrl('secrets-used-in-arg-or-env'),
  *check({ steps }) {
    for (const step of steps) {
      const { instruction, at, triggered } = step;
      for (const { name, range } of namesOf(step)) {
        if (!SECRET.test(name) || HARMLESS.test(name)) continue;
        yield {
          message: `Do not use ARG or ENV instructions for sensitive data (${instruction.kind} ${goQuote(name)})`,
          range: triggered ? at.range : range,
          at,
        };
      }
    }
  },
};

/** The names that ENV, its variables expanded, or ARG sets. */
function namesOf({ instruction, words }: Step): { name: string; range: Range }[] {
  if (instruction.kind === 'ARG') return instruction.args.map(({ name: { text, range } }) => ({ name: text, range }));
  if (instruction.kind !== 'ENV') return [];
  return instruction.pairs.map(({ name: { text, range } }, i) => ({
    name: words[2 * i]?.expansion.value ?? text,
    range,
  }));
}
