import type { Token } from '../../dockerfile/ast.ts';
import { removeItem } from '../instruction-edits.ts';
import { ownRule } from '../rule.ts';
import { unquoted } from '../source-kind.ts';

const OFF = /^(?:0|false|no|off)$/i;
const ON = /^(?:1|true|yes|on)$/i;
/** Variables, and the values that turn the check off. */
const VARIABLES: Readonly<Record<string, RegExp>> = {
  GIT_SSL_NO_VERIFY: ON,
  NODE_TLS_REJECT_UNAUTHORIZED: /^0$/,
  NPM_CONFIG_STRICT_SSL: OFF,
  PYTHONHTTPSVERIFY: /^0$/,
  PIP_TRUSTED_HOST: /./,
  GOINSECURE: /./,
  CURL_INSECURE: ON,
};

/** A variable that has a tool trust every server. */
export const tlsCheckOff = ownRule(
  {
    id: 'tls-check-off',
    title: 'Variables should not turn the check of certificates off',
    aliases: [5, 6, 12, 14, 16, 18].map((number) => `CKV2_DOCKER_${number}`),
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'Whoever stands between the build and the server can then put anything into the image, and later into its containers’ connections.',
      bad: 'FROM node:24\nENV NODE_TLS_REJECT_UNAUTHORIZED=0',
      good: 'FROM node:24\nENV NODE_EXTRA_CA_CERTS=/etc/ssl/our-ca.pem',
      fix: {
        does: 'Removes the variable from ENV and ARG.',
        changes: 'servers without a valid certificate are refused, in containers of the image, too',
      },
    },
  },
  function* ({ dockerfile, scripts }) {
    for (const instruction of dockerfile.instructions) {
      const pairs: readonly { readonly name: Token; readonly value?: Token }[] =
        instruction.kind === 'ENV' ? instruction.pairs : instruction.kind === 'ARG' ? instruction.args : [];
      for (const [index, { name, value }] of pairs.entries()) {
        if (value === undefined || !turnsOff(name.text, unquoted(value.text))) continue;
        const ranges = pairs.map((pair) => ({
          start: pair.name.range.start,
          end: (pair.value ?? pair.name).range.end,
        }));
        yield {
          message: `${name.text} turns the check of certificates off`,
          range: name.range,
          at: instruction.node,
          fixes: [{ title: `Remove ${name.text}`, edits: [removeItem(instruction.node, ranges, index)] }],
        };
      }
    }
    for (const { commands, outer } of scripts) {
      for (const { assignments, words, program, rangeOf } of commands) {
        const set = [...assignments, ...(program === 'export' ? words : [])];
        const found = set.find((text) => turnsOff(text.split('=', 1)[0] ?? '', text.slice(text.indexOf('=') + 1)));
        if (found === undefined) continue;
        const name = found.split('=', 1)[0] ?? '';
        yield { message: `${name} turns the check of certificates off`, range: rangeOf(0, 0), at: outer.node };
      }
    }
  },
);

function turnsOff(name: string, value: string): boolean {
  const key = name.toUpperCase();
  return Object.hasOwn(VARIABLES, key) && VARIABLES[key]?.test(value) === true;
}
