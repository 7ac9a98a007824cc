import { removeInstruction } from '../instruction-edits.ts';
import { ownRule } from '../rule.ts';

/** EXPOSE in a stage that no image comes of. */
export const exposeInHelperStage = ownRule(
  {
    id: 'expose-in-helper-stage',
    title: 'EXPOSE counts only for the image of its stage',
    severity: 'info',
    looksAt: ['FROM', 'ARG', 'COPY', 'EXPOSE'],
    docs: {
      why: 'What other stages only copy from is no image: its ports are published nowhere.',
      bad: 'FROM golang:1.25 AS build\nEXPOSE 8080\nFROM debian:13\nCOPY --from=build /app /app',
      good: 'FROM golang:1.25 AS build\nFROM debian:13\nCOPY --from=build /app /app\nEXPOSE 8080',
      fix: {
        does: 'Removes the instruction.',
        changes: 'an image of that stage alone, built by --target, no longer names the port',
      },
    },
  },
  function* ({ sections, facts, dockerfile }) {
    const copiedFrom = new Set<string>();
    for (const each of dockerfile.instructions) {
      if (each.kind === 'COPY' && each.from) copiedFrom.add(each.from.text.toLowerCase());
    }
    for (const { stage, instructions } of sections) {
      if (stage === undefined || facts.shipped.has(stage.stage.index)) continue;
      const { name, index } = stage.stage;
      if (!copiedFrom.has(String(index)) && (name === undefined || !copiedFrom.has(name))) continue;
      for (const { kind, node } of instructions) {
        if (kind !== 'EXPOSE') continue;
        yield {
          message: 'This stage is only copied from: its ports are published nowhere',
          range: node.range,
          at: node,
          fixes: [{ title: 'Remove this EXPOSE', edits: [removeInstruction(node)] }],
        };
      }
    }
  },
);
