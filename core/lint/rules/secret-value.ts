import { rangeIn } from '../../dockerfile/joined-line.ts';
import { ownRule } from '../rule.ts';

/** What secrets of well-known services look like. */
const SECRETS: readonly (readonly [string, RegExp])[] = [
  ['an AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b/],
  ['a GitLab token', /\bglpat-[A-Za-z0-9_-]{20,}/],
  ['a Slack token', /\bxox[abprs]-[A-Za-z0-9-]{10,}/],
  ['a Stripe key', /\b[rs]k_live_[A-Za-z0-9]{20,}/],
  ['a Google API key', /\bAIza[0-9A-Za-z_-]{35}\b/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ['a password in an address', /\b[a-z][a-z+]*:\/\/[^\s/:@$"']+:[^\s/@$"'{}]{3,}@/],
];
/** Any of them: the most texts have none. */
const ANY = new RegExp(SECRETS.map(([, { source }]) => source).join('|'));

/** A secret itself, wherever it is written. */
export const secretValue = ownRule(
  {
    id: 'secret-value',
    title: 'Dockerfiles should hold no secrets',
    severity: 'error',
    scope: 'instruction',
    docs: {
      why: 'Everybody who has the image or the repository has the secret. It counts as stolen: replace it.',
      bad: 'FROM debian:13\nENV LOGIN=AKIAIOSFODNN7EXAMPLE',
      good: 'FROM debian:13\nRUN --mount=type=secret,id=login use-it',
      fix: {
        none: 'The secret has to be replaced where it is valid, and read from a mount of type secret by what uses it.',
      },
    },
  },
  function* ({ dockerfile }) {
    for (const { node } of dockerfile.instructions) {
      const { rest } = node;
      if (rest === undefined || !ANY.test(rest.text)) continue;
      for (const [what, pattern] of SECRETS) {
        const found = pattern.exec(rest.text);
        if (found === null) continue;
        const range = rangeIn(rest, found.index, found.index + found[0].length);
        yield { message: `This looks like ${what}, for everybody to read`, range, at: node };
      }
    }
  },
);
