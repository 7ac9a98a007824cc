import { jsonForm } from '../json-form.ts';
import { hadolintRule } from '../rule.ts';
import { jsonArgsRecommended } from './json-args-recommended.ts';

/** CMD, ENTRYPOINT or a health check in shell form where BuildKit has nothing against it: hadolint's DL3025. */
export const shellFormCommand = hadolintRule(
  {
    id: 'shell-form-command',
    code: 'DL3025',
    title: 'Commands of the image should be JSON arrays',
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'In shell form a shell stands between the engine and the program: it must be in the image, and it gets the signals.',
      bad: 'FROM nginx:1.29\nHEALTHCHECK CMD curl -f http://localhost/',
      good: 'FROM nginx:1.29\nHEALTHCHECK CMD ["curl", "-f", "http://localhost/"]',
      fix: {
        does: 'Writes the words as a JSON array where no shell is needed.',
        changes: 'the command is run without a shell',
      },
    },
  },
  function* (context) {
    const told = new Set([...jsonArgsRecommended.check(context)].map(({ at }) => at));
    for (const instruction of context.dockerfile.instructions) {
      if (instruction.kind !== 'CMD' && instruction.kind !== 'ENTRYPOINT' && instruction.kind !== 'HEALTHCHECK')
        continue;
      const { command, node } = instruction;
      if (command?.form !== 'shell' || told.has(node) || command.text.text === '') continue;
      yield {
        message: 'Write the command as a JSON array',
        range: command.text.range,
        at: node,
        fixes: jsonForm(command.text),
      };
    }
  },
);
