import { hadolintRule } from '../rule.ts';
import { unquoted } from '../source-kind.ts';

/** A port above 65535: hadolint's DL3011. */
export const portOutOfRange = hadolintRule(
  {
    id: 'port-out-of-range',
    code: 'DL3011',
    title: 'Ports go from 0 to 65535',
    severity: 'error',
    scope: 'instruction',
    docs: {
      why: 'There is no such port: the build ends.',
      bad: 'FROM nginx:1.29\nEXPOSE 80800',
      good: 'FROM nginx:1.29\nEXPOSE 8080',
      fix: { none: 'Which port was meant cannot be told from one that does not exist.' },
    },
  },
  function* ({ dockerfile }) {
    for (const instruction of dockerfile.instructions) {
      if (instruction.kind !== 'EXPOSE') continue;
      for (const port of instruction.ports) {
        const [numbers = ''] = unquoted(port.text).split('/');
        const tooHigh = numbers.split('-').find((number) => /^\d+$/.test(number) && Number(number) > 65535);
        if (tooHigh === undefined) continue;
        yield { message: `There is no port ${tooHigh}: they end at 65535`, range: port.range, at: instruction.node };
      }
    }
  },
);
