import { rangeIn } from '../../../core/dockerfile/joined-line.ts';
import type { TextEdit } from '../../../core/lint/lint.ts';
import type { Reading } from '../../reading.ts';
import { lineEnd, type Refactor } from './refactoring.ts';

interface CacheMount {
  readonly programs: RegExp;
  /** What the program is told to do, as its first word that is no option. */
  readonly verbs: RegExp;
  readonly targets: readonly string[];
  readonly locked?: true;
}

const MOUNTS: readonly CacheMount[] = [
  {
    programs: /^apt(?:-get)?$/,
    verbs: /^(?:install|update|upgrade|dist-upgrade|full-upgrade)$/,
    targets: ['/var/cache/apt', '/var/lib/apt'],
    locked: true,
  },
  { programs: /^apk$/, verbs: /^(?:add|upgrade|update)$/, targets: ['/var/cache/apk'] },
  {
    programs: /^(?:dnf|yum|microdnf)$/,
    verbs: /^(?:install|update|upgrade)$/,
    targets: ['/var/cache/dnf'],
    locked: true,
  },
  { programs: /^(?:npm|npx)$/, verbs: /^(?:ci|install|i)$/, targets: ['/root/.npm'] },
  { programs: /^yarn$/, verbs: /^(?:install|add|)$/, targets: ['/usr/local/share/.cache/yarn'] },
  { programs: /^pnpm$/, verbs: /^(?:install|i|add)$/, targets: ['/root/.local/share/pnpm/store'] },
  { programs: /^pip\d?(?:\.\d+)?$/, verbs: /^(?:install|wheel|download)$/, targets: ['/root/.cache/pip'] },
  { programs: /^(?:uv|poetry)$/, verbs: /^(?:sync|pip|install)$/, targets: ['/root/.cache'] },
  {
    programs: /^go$/,
    verbs: /^(?:build|test|install|mod|get|vet)$/,
    targets: ['/go/pkg/mod', '/root/.cache/go-build'],
  },
  { programs: /^cargo$/, verbs: /^(?:build|install|test|fetch)$/, targets: ['/usr/local/cargo/registry'] },
  { programs: /^(?:mvn|mvnw)$/, verbs: /./, targets: ['/root/.m2'] },
  { programs: /^(?:gradle|gradlew)$/, verbs: /./, targets: ['/root/.gradle'] },
  { programs: /^composer$/, verbs: /^(?:install|update|require)$/, targets: ['/root/.composer/cache'] },
  { programs: /^dotnet$/, verbs: /^(?:restore|build|publish)$/, targets: ['/root/.nuget/packages'] },
];

/** Lets what a package manager or compiler downloads outlive the build, outside the image. */
export const cacheMounts: Refactor = ({ reading, instruction }) => {
  if (instruction.kind !== 'RUN' || instruction.command.form !== 'shell') return [];
  const { node, command, mounts } = instruction;
  const script =
    node.heredocs.length === 0 ? command.text.text : node.heredocs.map(({ content }) => content).join('\n');
  const used = usedBy(reading.commandsOf(script));
  const mounted = new Set(
    mounts.flatMap(({ fields }) =>
      fields.flatMap(({ key, value }) => (/^(?:target|dst|destination)$/i.test(key.text) ? (value?.text ?? []) : [])),
    ),
  );
  const missing = used.flatMap(({ targets, locked }) =>
    targets.filter((target) => !mounted.has(target)).map((target) => flag(target, locked)),
  );
  if (missing.length === 0) return [];
  const { escape: continuation } = reading.dockerfile.syntax;
  const separator = ` ${continuation}${lineEnd(reading)}    `;
  const start = node.rest?.range.start ?? node.keyword.range.end;
  const edits: TextEdit[] = [{ range: { start, end: start }, newText: missing.join(separator) + separator }];
  const names = [...new Set(used.map(({ program }) => program))].join(', ');
  return [
    {
      title: `Add a cache mount for ${names}`,
      kind: 'refactor.rewrite',
      edits: [...edits, ...withoutClearing(script, instruction)],
    },
  ];
};

function flag(target: string, locked: true | undefined): string {
  return `--mount=type=cache,target=${target}${locked ? ',sharing=locked' : ''}`;
}

function usedBy(commands: ReturnType<Reading['commandsOf']>) {
  const found = new Map<CacheMount, CacheMount & { readonly program: string }>();
  for (const words of commands) {
    const program = words[0]?.text.replace(/^.*\//, '') ?? '';
    const verb = words.slice(1).find(({ text }) => !text.startsWith('-'))?.text ?? '';
    const mount = MOUNTS.find(({ programs, verbs }) => programs.test(program) && verbs.test(verb));
    if (mount !== undefined) found.set(mount, { ...mount, program });
  }
  return [...found.values()];
}

/** What empties the cache at the end would empty it for the next build, too. */
function withoutClearing(script: string, instruction: Parameters<Refactor>[0]['instruction']): TextEdit[] {
  const clearing = /\s*&&\s*rm -rf? \/var\/lib\/apt\/lists\/\*?\s*$/.exec(script);
  const text =
    instruction.kind === 'RUN' && instruction.command.form === 'shell' ? instruction.command.text : undefined;
  if (clearing === null || text === undefined || instruction.node.heredocs.length > 0) return [];
  return [{ range: rangeIn(text, clearing.index, text.text.length), newText: '' }];
}
