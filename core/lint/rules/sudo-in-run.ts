import { hadolintRule } from '../rule.ts';

/** `sudo`: hadolint's DL3004. */
export const sudoInRun = hadolintRule(
  {
    id: 'sudo-in-run',
    code: 'DL3004',
    title: 'sudo has no place in a build',
    severity: 'error',
    scope: 'script',
    docs: {
      why: 'A build is root already, or somebody else by USER; sudo changes variables and signals in ways that depend on its settings.',
      bad: 'FROM debian:13\nRUN sudo make install',
      good: 'FROM debian:13\nUSER root\nRUN make install\nUSER 1000',
      fix: { does: 'Takes sudo away.', changes: 'the command runs as the user that USER names' },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('sudo')) {
      const { words } = command;
      const next = words[1];
      const isPlain = next !== undefined && !next.startsWith('-') && !/^\w+=/.test(next);
      const range = command.rangeOf(0, 0);
      const edits = isPlain ? [{ range: { start: range.start, end: command.rangeOf(1, 1).start }, newText: '' }] : [];
      yield {
        message: 'Do not use sudo; USER says who runs the instructions below it',
        range,
        at: script.outer.node,
        fixes: edits.length === 0 ? [] : [{ title: 'Remove sudo', edits }],
      };
    }
  },
);
