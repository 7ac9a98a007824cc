import type { Token } from '../../dockerfile/ast.ts';
import { goQuote } from '../../dockerfile/go-quote.ts';
import { buildKitUrl, type Fix, type Rule } from '../rule.ts';

/** The first WORKDIR of a build is relative, so that the base image decides what it means. */
export const workdirRelativePath: Rule = {
  id: 'workdir-relative-path',
  code: 'WorkdirRelativePath',
  title:
    'Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes',
  aliases: ['DL3000'],
  severity: 'warning',
  scope: 'instruction',
  docs: {
    why: 'Where a relative folder lies is up to the base image.',
    bad: 'FROM debian:13\nWORKDIR app',
    good: 'FROM debian:13\nWORKDIR /app',
    fix: { does: 'Puts the folder below /.', changes: 'another folder where the base image has a WORKDIR of its own' },
  },
  url: buildKitUrl('workdir-relative-path'),
  *check({ steps }) {
    for (const { instruction, at, triggered, words, workdirSet, os, baseKnown } of steps) {
      if (instruction.kind !== 'WORKDIR' || workdirSet) continue;
      const [word] = words;
      if (word === undefined || word.expansion.problem !== undefined || isAbsolute(word.expansion.value, os)) continue;
      if (!baseKnown && word.expansion.unmatched.size > 0 && /^["']?\$/.test(word.token.text)) continue;
      yield {
        message: `Relative workdir ${goQuote(word.expansion.value)} can have unexpected results if the base image changes`,
        range: triggered ? at.range : word.token.range,
        at,
        fixes: triggered || os === 'windows' ? [] : absolute(word.token),
      };
    }
  },
};

function isAbsolute(path: string, os: string): boolean {
  return os === 'windows' ? /^(?:[cC]:)?[\\/]/.test(path) : path.startsWith('/');
}

/** Of words without quotes and variables. */
function absolute({ text, range }: Token): Fix[] {
  if (!/^[\w./-]+$/.test(text) || text.split('/').includes('..')) return [];
  const newText = `/${text.replace(/^(?:\.(?:\/|$))+/, '')}`;
  return [{ title: `Change to ${newText}`, edits: [{ range, newText }] }];
}
