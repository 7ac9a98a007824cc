import { jsonForm } from '../json-form.ts';
import { buildKitUrl, type Rule } from '../rule.ts';

/** CMD or ENTRYPOINT in shell form: the shell, not the program, gets the signals. A SHELL above shows that it is meant. */
export const jsonArgsRecommended: Rule = {
  id: 'json-args-recommended',
  code: 'JSONArgsRecommended',
  title: 'JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals',
  aliases: ['DL3025'],
  severity: 'warning',
  scope: 'instruction',
  docs: {
    why: 'In shell form the shell gets the signals, and the program is killed without a word when the container stops.',
    bad: 'FROM nginx:1.29\nCMD nginx -t',
    good: 'FROM nginx:1.29\nCMD ["nginx", "-t"]',
    fix: {
      does: 'Writes the words as a JSON array where no shell is needed.',
      changes: 'the command is run without a shell',
    },
  },
  url: buildKitUrl('json-args-recommended'),
  *check({ steps }) {
    for (const { instruction, at, triggered, shellSet } of steps) {
      if (instruction.kind !== 'CMD' && instruction.kind !== 'ENTRYPOINT') continue;
      const { command, node } = instruction;
      if (command.form !== 'shell' || shellSet) continue;
      yield {
        message: `JSON arguments recommended for ${node.keyword.text} to prevent unintended behavior related to OS signals`,
        range: command.text.text === '' ? node.keyword.range : command.text.range,
        at,
        fixes: triggered ? [] : jsonForm(command.text),
      };
    }
  },
};
