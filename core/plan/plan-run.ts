import type { RunEffect, RunMount } from './effect.ts';
import type { StageScope } from './stage-scope.ts';

/** A heredoc of RUN. */
export interface RunHeredoc {
  readonly name: string;
  /** As it is in the file, with the last newline. */
  readonly content: string;
  /** `<<-`: leading tabs are not part of it. */
  readonly stripsTabs: boolean;
}

/** RUN as written. */
export interface RunWords {
  /** Of the exec form; its words reach the kernel as they are. */
  readonly argv?: readonly string[];
  /** The command line of the shell form, continued lines joined, heredoc markers in it. */
  readonly command: string;
  readonly heredocs: readonly RunHeredoc[];
  /** Whether the command line is one heredoc marker and nothing else. */
  readonly isHeredocOnly: boolean;
  readonly mounts: readonly RunMount[];
  readonly network: RunEffect['network'];
  readonly security: RunEffect['security'];
}

/**
 * Plans a RUN. A command that is one heredoc runs its text in the shell, or, where it begins with `#!`, as a file; with
 * anything else on the line the shell gets the heredocs to read itself.
 */
export function planRun(words: RunWords, scope: StageScope, proxy: Readonly<Record<string, string>>): RunEffect {
  scope.filesKnown = false;
  const { argv, script } = commandOf(words, scope.shell);
  return {
    kind: 'run',
    argv,
    command: words.argv === undefined ? words.command : words.argv.join(' '),
    environment: Object.fromEntries(scope.variables),
    argumentNames: [...scope.fromArguments],
    proxy: Object.fromEntries(Object.entries(proxy).filter(([name]) => !scope.variables.has(name))),
    workingDir: scope.workingDir,
    user: scope.config.User,
    mounts: words.mounts,
    network: words.network,
    security: words.security,
    ...(script && { script }),
  };
}

function commandOf(
  { argv, command, heredocs, isHeredocOnly }: RunWords,
  shell: readonly string[],
): { argv: readonly string[]; script?: NonNullable<RunEffect['script']> } {
  if (argv !== undefined) return { argv };
  const [first] = heredocs;
  if (first === undefined) return { argv: [...shell, command] };
  if (!isHeredocOnly) {
    const documents = heredocs.map(({ name, content }) => `\n${content}${name}`);
    return { argv: [...shell, command + documents.join('')] };
  }
  const content = first.stripsTabs ? first.content.replace(/^\t+/gm, '') : first.content;
  if (!content.startsWith('#!')) return { argv: [...shell, content] };
  const path = `/dev/pipes/${first.name}`;
  return { argv: [path], script: { path, content } };
}
