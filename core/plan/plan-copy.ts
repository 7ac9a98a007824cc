import { utf8Length } from '../dockerfile/utf8.ts';
import { cleanPath, pathInRoot } from '../match/clean-path.ts';
import { hasWildcard } from '../match/go-match.ts';
import { type Chmod, parseChmod } from './chmod.ts';
import { isArchiveName } from './defaults.ts';
import type { CopyEffect, CopySource, CopyTotals, DestinationRule, Origin } from './effect.ts';
import { gitSource } from './git-source.ts';
import type { PlanInputs, PlanProblem } from './plan.ts';
import { remoteSource } from './remote-source.ts';
import { type ResolvedCopy, resolveCopy, totalsOf } from './resolve-copy.ts';
import { missingSource } from './source-problem.ts';
import type { SourceRange } from './source-range.ts';
import type { StageScope } from './stage-scope.ts';

/** A word of the instruction, variables expanded. */
export interface CopyWord {
  readonly text: string;
  readonly range: SourceRange;
}

/** COPY or ADD as written, variables expanded. */
export interface CopyWords {
  readonly keyword: 'COPY' | 'ADD';
  readonly sources: readonly CopyWord[];
  readonly heredocs: readonly { readonly name: string; readonly content: string; readonly range: SourceRange }[];
  readonly destination: CopyWord;
  readonly origin: Origin;
  readonly chown?: string;
  readonly chmod?: CopyWord;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly string[];
  readonly keepGitDir: boolean;
  readonly checksum?: string;
  /** Of `--unpack`, where it is given. */
  readonly unpack?: boolean;
}

/** Plans a COPY or ADD: which files it brings, and what is wrong with it. */
export function planCopy(
  words: CopyWords,
  scope: StageScope,
  inputs: PlanInputs,
): { readonly effect: CopyEffect; readonly problems: readonly PlanProblem[] } {
  const problems: PlanProblem[] = [];
  const chmod = chmodOf(words, problems);
  const sources = sourcesOf(words);
  const destination = destinationOf(words.destination.text, scope);
  const request = { words, sources, destination: destination.path, chmod, inputs };
  let rule = destination.rule;
  let resolved = resolve(request, rule === 'directory');
  const crowded = sources.length > 1 || resolved?.needsDirectory === true;
  if (crowded && rule === 'into-if-directory' && scope.hasDirectory(destination.path) === 'likely') {
    rule = 'directory';
    resolved = resolve(request, true);
  }
  problems.push(...remoteProblems(words, sources), ...problemsOf(words, resolved, inputs));
  const files = resolved?.files;
  const effect: CopyEffect = {
    kind: 'copy',
    origin: words.origin,
    sources: withMatches(sources, resolved),
    destination: destination.path,
    destinationRule: rule,
    ...(rule === 'into-if-directory' && scope.hasDirectory(destination.path) === 'likely' && { likelyDirectory: true }),
    ...(files !== undefined && { files, totals: sumUp(files, sources) }),
    ...(resolved?.isDirectory === true && { isDirectory: true }),
    ...(words.chown !== undefined && { chown: words.chown }),
    ...(chmod !== undefined && words.chmod !== undefined && { chmod: words.chmod.text }),
    link: words.link,
    parents: words.parents,
    exclude: words.exclude,
    unpack: unpackOf(words),
    ...(words.checksum !== undefined && { checksum: words.checksum }),
    keepGitDir: words.keepGitDir,
  };
  noteDirectories(effect, scope);
  return { effect, problems };
}

function chmodOf({ chmod }: CopyWords, problems: PlanProblem[]): Chmod | undefined {
  if (chmod === undefined || chmod.text === '') return undefined;
  const parsed = parseChmod(chmod.text);
  if (parsed) return parsed;
  problems.push({
    code: 'copy-flag-invalid',
    severity: 'error',
    message: `invalid chmod parameter: '${chmod.text}'. it should be octal string and between 0 and 07777`,
    range: chmod.range,
    subject: chmod.text,
  });
  return undefined;
}

function remoteProblems({ checksum = '', destination }: CopyWords, sources: readonly CopySource[]): PlanProblem[] {
  const problems = sources.flatMap((source): PlanProblem[] => {
    const parsed = source.kind === 'git' ? gitSource(source.url) : undefined;
    if (source.kind !== 'git' || parsed === undefined || parsed.ok) return [];
    const message = `${source.url} is no Git repository to add: ${parsed.problem}`;
    return [{ code: 'git-source-invalid', severity: 'error', message, range: source.range, subject: source.url }];
  });
  const message = checksumProblem(checksum, sources);
  if (message === undefined) return problems;
  return [
    ...problems,
    { code: 'copy-flag-invalid', severity: 'error', message, range: destination.range, subject: checksum },
  ];
}

/** Of a URL it is a digest, of a repository a commit (`gitSource`). */
function checksumProblem(checksum: string, sources: readonly CopySource[]): string | undefined {
  if (checksum === '') return undefined;
  if (sources.some(({ kind }) => kind === 'path')) return 'checksum requires HTTP(S) or Git sources';
  if (!sources.some(({ kind }) => kind === 'url') || /^sha256:[0-9a-f]{64}$/.test(checksum)) return undefined;
  return `invalid checksum ${checksum}: that of a URL is sha256: and 64 hexadecimal digits`;
}

/** Paths and remotes in their order, then heredocs, as they are copied. */
function sourcesOf({ keyword, sources, heredocs, origin }: CopyWords): CopySource[] {
  const written = sources.map(({ text, range }): CopySource => {
    const remote = keyword === 'ADD' && origin.kind === 'context' ? remoteSource(text) : undefined;
    return remote ? { ...remote, range } : { kind: 'path', text, range };
  });
  return [...written, ...heredocs.map((heredoc): CopySource => ({ kind: 'heredoc', ...heredoc }))];
}

function destinationOf(text: string, scope: StageScope): { path: string; rule: DestinationRule } {
  const path = scope.resolve(text);
  if (text === '' || text === '.' || text.endsWith('/') || text.endsWith('/.')) return { path, rule: 'directory' };
  const has = scope.hasDirectory(path);
  return { path, rule: has === 'yes' ? 'directory' : has === 'no' ? 'file' : 'into-if-directory' };
}

function unpackOf({ keyword, unpack }: CopyWords): CopyEffect['unpack'] {
  if (keyword === 'COPY' || unpack === false) return 'none';
  return unpack === true ? 'all' : 'local';
}

interface ResolveRequest {
  readonly words: CopyWords;
  readonly sources: readonly CopySource[];
  readonly destination: string;
  readonly chmod: Chmod | undefined;
  readonly inputs: PlanInputs;
}

function resolve(request: ResolveRequest, intoDirectory: boolean): ResolvedCopy | undefined {
  const { words, sources, destination, chmod, inputs } = request;
  if (words.origin.kind !== 'context' || inputs.context === undefined) return undefined;
  return resolveCopy({
    tree: inputs.context,
    sources: sources.flatMap((source) => (source.kind === 'path' ? [source.text] : [])),
    destination,
    intoDirectory,
    exclude: words.exclude,
    parents: words.parents,
    ...(chmod && { chmod }),
    ...(unpackOf(words) !== 'none' && { extracts: inputs.isArchive ?? isArchiveName }),
  });
}

function problemsOf(words: CopyWords, resolved: ResolvedCopy | undefined, inputs: PlanInputs): PlanProblem[] {
  if (!resolved) return [];
  const problems: PlanProblem[] = [];
  const paths = words.sources.filter(({ text }) => words.keyword === 'COPY' || remoteSource(text) === undefined);
  for (const [i, source] of paths.entries()) {
    const kind = resolved.outcomes[i]?.kind;
    if (kind === 'missing') problems.push(missingSource(source.text, source.range, inputs));
    if (kind === 'nothing-matched' && !(paths.length > 1 && OPTIONAL.test(source.text)))
      problems.push(matchesNothing(source));
  }
  if (resolved.needsDirectory) {
    problems.push({
      code: 'copy-destination-invalid',
      severity: 'error',
      message: `When using ${words.keyword} with more than one source file, the destination must be a directory and end with a /`,
      range: words.destination.range,
      subject: words.destination.text,
    });
  }
  return problems;
}

/** `yarn.lock*` beside other sources: a file that is brought where it is there. */
const OPTIONAL = /^[^*?[\\]*\.\w+\*$/;

function matchesNothing({ text, range }: CopyWord): PlanProblem {
  return {
    code: 'copy-matches-nothing',
    severity: 'warning',
    message: `${JSON.stringify(text)} matches nothing in the build context`,
    range,
    subject: text,
  };
}

function withMatches(sources: readonly CopySource[], resolved: ResolvedCopy | undefined): CopySource[] {
  let at = 0;
  return sources.map((source) => {
    if (source.kind !== 'path') return source;
    const outcome = resolved?.outcomes[at++];
    return outcome === undefined ? source : { ...source, matched: outcome.count };
  });
}

function sumUp(files: Parameters<typeof totalsOf>[0], sources: readonly CopySource[]): CopyTotals {
  const totals = totalsOf(
    files,
    sources.some(({ kind }) => kind === 'url' || kind === 'git'),
  );
  const heredocs = sources.flatMap((source) => (source.kind === 'heredoc' ? [utf8Length(source.content)] : []));
  return {
    ...totals,
    files: totals.files + heredocs.length,
    bytes: heredocs.reduce((sum, bytes) => sum + bytes, totals.bytes),
  };
}

/** Remembers which directories the image has from now on. */
function noteDirectories(effect: CopyEffect, scope: StageScope): void {
  const { destination, destinationRule, files, sources } = effect;
  const whole = sources.some((source) => source.kind === 'path' && bringsContents(source.text, effect));
  scope.addDirectory(
    destinationRule === 'directory' || whole || effect.isDirectory === true
      ? destination
      : cleanPath(`${destination}/..`),
  );
  for (const file of files ?? []) if (file.type === 'directory') scope.addDirectory(file.destination);
  const unseen = files === undefined || effect.totals?.more === true;
  if (unseen) scope.filesKnown = false;
}

/** Whether a source is a directory, whose contents go into the destination. */
function bringsContents(text: string, { files }: CopyEffect): boolean {
  if (hasWildcard(text)) return false;
  const path = pathInRoot(text);
  return path === '' || (files ?? []).some(({ source }) => source.startsWith(`${path}/`));
}
