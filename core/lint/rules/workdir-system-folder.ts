import { ownRule } from '../rule.ts';
import { unquoted } from '../source-kind.ts';

const SYSTEM = /^\/(?:bin|boot|dev|etc|lib|lib64|proc|sbin|sys|usr\/(?:bin|lib|lib64|sbin))\/*$/;

/** WORKDIR on a folder of the system. */
export const workdirSystemFolder = ownRule(
  {
    id: 'workdir-system-folder',
    title: 'WORKDIR should be a folder of its own',
    aliases: ['DS030'],
    severity: 'warning',
    scope: 'instruction',
    docs: {
      why: 'What is copied to . then lands among the system’s own files, or under what the engine mounts over it.',
      bad: 'FROM debian:13\nWORKDIR /etc',
      good: 'FROM debian:13\nWORKDIR /srv/app',
      fix: { none: 'Another folder is one for the copies and commands below it, too.' },
    },
  },
  function* ({ dockerfile }) {
    for (const instruction of dockerfile.instructions) {
      if (instruction.kind !== 'WORKDIR' || instruction.path === undefined) continue;
      const { path, node } = instruction;
      if (!SYSTEM.test(unquoted(path.text))) continue;
      yield { message: `${path.text} belongs to the system; work in a folder of its own`, range: path.range, at: node };
    }
  },
);
