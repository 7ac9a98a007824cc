import type { Digest, Sha256 } from '../image/digest.ts';
import { assertNever } from './assert-never.ts';
import type { BuilderArguments } from './builder-arguments.ts';
import type { CopyEffect, CopySource, Origin, PlannedFile, RunEffect, RunMount } from './effect.ts';
import { boundCommit, gitSource } from './git-source.ts';
import type { BuildPlan, PlannedStage, PlannedStep, StageBase } from './plan.ts';

/** What kind of thing a cache key depends on, in the order in which differences are told. */
export type KeyInputKind =
  /** The key of the step below, or of the base. */
  | 'parent'
  /** The image of FROM: its ID, `scratch`. */
  | 'base'
  /** What the instruction does, apart from the inputs that follow. */
  | 'instruction'
  /** An ARG in force. */
  | 'argument'
  /** An ENV in force. */
  | 'environment'
  /** A `--mount` of RUN. */
  | 'mount'
  /** The result of another stage, or another image, that files come from. */
  | 'origin'
  /** A file, by its destination: type, mode, content. */
  | 'file';

/** One thing that a cache key depends on. */
export interface KeyInput {
  readonly kind: KeyInputKind;
  /** Name of the variable, path of the file, … */
  readonly name: string;
  readonly value: string;
  /** What to call it to a user where `name` does not say: the source of a file. Not part of the key. */
  readonly label?: string;
}

/** The cache key of a step with all that went into it, or the first thing that is not known. */
export type StepKey =
  | { readonly known: true; readonly key: Digest; readonly inputs: readonly KeyInput[] }
  | { readonly known: false; readonly missing: string };

/** What the keys of a plan are computed with. */
export interface KeySources {
  readonly sha256: Sha256;
  /** Digest of the content of a context's file, by its path; undefined where it is not known. */
  readonly fileDigest: (path: string) => Digest | undefined;
  /** ID of an image that `--from` or a mount names; undefined where it is not known. */
  readonly imageId: (reference: string) => string | undefined;
  /** Something that changes with the content behind a URL or a repository: a digest, a commit; undefined where unknown. */
  readonly remoteState?: (url: string) => string | undefined;
  /** The moment that all the layers are to be from. */
  readonly epoch?: string;
  /** What RUN gets of the builder. */
  readonly builder?: Pick<BuilderArguments, 'hostname' | 'cacheNamespace'>;
}

/** Gives the key of inputs: the one place where cache keys are made. */
export function cacheKey(inputs: readonly KeyInput[], sha256: Sha256): Digest {
  return sha256(JSON.stringify(inputs.map(({ kind, name, value }) => [kind, name, value])));
}

/**
 * Gives the key of every step of a plan: for each stage (by index) its steps' keys in order. A key holds that of the
 * last step below that made a layer, so that a changed LABEL or CMD rebuilds nothing above it. File times never count.
 */
export function planKeys(plan: BuildPlan, sources: KeySources): ReadonlyMap<number, readonly StepKey[]> {
  const keys = new Map<number, readonly StepKey[]>();
  const ends = new Map<number, StepKey>();
  for (const stage of plan.stages) {
    const { steps, end } = stageKeys(stage, ends, sources);
    keys.set(stage.index, steps);
    ends.set(stage.index, end);
  }
  return keys;
}

/** The paths of the context whose digests `planKeys` asks for. */
export function filesToDigest(plan: BuildPlan): string[] {
  const paths = new Set<string>();
  for (const { effect } of plan.stages.flatMap(({ steps }) => steps)) {
    const copied = effect.kind === 'copy' && effect.origin.kind === 'context' ? (effect.files ?? []) : [];
    const mounted = effect.kind === 'run' ? effect.mounts.flatMap(({ files = [] }) => files) : [];
    for (const { type, source } of [...copied, ...mounted]) if (type === 'file') paths.add(source);
  }
  return [...paths];
}

type Ends = ReadonlyMap<number, StepKey>;

/** Stages that keys are not known of yet count as unknown. */
function stageKeys(stage: PlannedStage, ends: Ends, sources: KeySources): { steps: StepKey[]; end: StepKey } {
  let parent = baseKey(stage.base, ends, sources);
  const steps: StepKey[] = [];
  for (const step of stage.steps) {
    const key = stepKey(step, parent, ends, sources);
    steps.push(key);
    if (step.layer) parent = key;
  }
  return { steps, end: parent };
}

function baseKey(base: StageBase, ends: Ends, { sha256, epoch }: KeySources): StepKey {
  if (base.kind === 'stage') return ends.get(base.stage) ?? { known: false, missing: `stage ${base.stage}` };
  const value = base.kind === 'scratch' ? 'scratch' : (base.image?.chainId ?? base.image?.id);
  if (value === undefined) return { known: false, missing: base.kind === 'image' ? base.reference : base.kind };
  const inputs: KeyInput[] = [{ kind: 'base', name: base.kind === 'image' ? base.reference : 'scratch', value }];
  // Named by its content only: the same image under another name has the same key.
  const moment: KeyInput[] = epoch === undefined ? [] : [{ kind: 'argument', name: 'SOURCE_DATE_EPOCH', value: epoch }];
  const key = cacheKey([{ kind: 'base', name: '', value }, ...moment], sha256);
  return { known: true, key, inputs: [...inputs, ...moment] };
}

/** Gives the key of one step on top of its parent's. */
export function stepKey(step: PlannedStep, parent: StepKey, ends: Ends, sources: KeySources): StepKey {
  if (!parent.known) return parent;
  const inputs: KeyInput[] = [{ kind: 'parent', name: '', value: parent.key }];
  const missing = addInputs(inputs, step, ends, sources);
  if (missing !== undefined) return { known: false, missing };
  return { known: true, key: cacheKey(inputs, sources.sha256), inputs };
}

/** Adds what the step's effect depends on; gives the name of what is not known. */
function addInputs(inputs: KeyInput[], step: PlannedStep, ends: Ends, sources: KeySources): string | undefined {
  const { effect } = step;
  switch (effect.kind) {
    case 'metadata':
      inputs.push({ kind: 'instruction', name: step.keyword, value: step.createdBy });
      return undefined;
    case 'make-directory':
      inputs.push({ kind: 'instruction', name: step.keyword, value: JSON.stringify([effect.path, effect.user]) });
      return undefined;
    case 'run':
      return addRun(inputs, step.keyword, effect, ends, sources);
    case 'copy':
      return addCopy(inputs, step.keyword, effect, ends, sources);
    default:
      return assertNever(effect);
  }
}

function addRun(
  inputs: KeyInput[],
  keyword: string,
  run: RunEffect,
  ends: Ends,
  sources: KeySources,
): string | undefined {
  const { argv, script, workingDir, user, network, security } = run;
  inputs.push({
    kind: 'instruction',
    name: keyword,
    value: JSON.stringify([argv, script ?? null, workingDir, user, network, security]),
  });
  const fromArguments = new Set(run.argumentNames);
  for (const name of Object.keys(run.environment).sort()) {
    const kind = fromArguments.has(name) ? 'argument' : 'environment';
    inputs.push({ kind, name, value: run.environment[name] ?? '' });
  }
  const { hostname, cacheNamespace } = sources.builder ?? {};
  if (hostname !== undefined) inputs.push({ kind: 'argument', name: 'BUILDKIT_SANDBOX_HOSTNAME', value: hostname });
  if (cacheNamespace !== undefined && run.mounts.some(({ type }) => type === 'cache'))
    inputs.push({ kind: 'argument', name: 'BUILDKIT_CACHE_MOUNT_NS', value: cacheNamespace });
  for (const mount of run.mounts) {
    const missing = addMount(inputs, mount, ends, sources);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

function addMount(inputs: KeyInput[], mount: RunMount, ends: Ends, sources: KeySources): string | undefined {
  const { range: _, origin, files, ...facts } = mount;
  inputs.push({ kind: 'mount', name: mount.target, value: JSON.stringify(facts) });
  if (origin === undefined) return undefined;
  if (origin.kind === 'context') return addFiles(inputs, files ?? [], sources);
  return addOrigin(inputs, origin, ends, sources);
}

function addCopy(
  inputs: KeyInput[],
  keyword: string,
  copy: CopyEffect,
  ends: Ends,
  sources: KeySources,
): string | undefined {
  const { destination, destinationRule, chown, chmod, link, parents, exclude, unpack, checksum, keepGitDir } = copy;
  const local = copy.origin.kind === 'context';
  const flags = [chown ?? '0:0', chmod ?? '', link, parents, unpack, checksum ?? '', keepGitDir];
  // What the flags and names of a local copy come to is in its files.
  const written = local ? [] : [exclude, copy.sources.map(sourceText)];
  const empty = copy.isDirectory === true && copy.files?.length === 0 ? ['directory'] : [];
  inputs.push({
    kind: 'instruction',
    name: keyword,
    value: JSON.stringify([destination, destinationRule, flags, written, ...empty]),
  });
  for (const source of copy.sources) {
    const missing = addContent(inputs, source, copy, sources);
    if (missing !== undefined) return missing;
  }
  if (copy.origin.kind !== 'context') return addOrigin(inputs, copy.origin, ends, sources);
  if (copy.files === undefined) return 'the build context';
  return addFiles(inputs, copy.files, sources);
}

function addContent(
  inputs: KeyInput[],
  source: CopySource,
  copy: CopyEffect,
  { sha256, remoteState }: KeySources,
): string | undefined {
  if (source.kind === 'heredoc') inputs.push({ kind: 'file', name: source.name, value: sha256(source.content) });
  if (source.kind !== 'url' && source.kind !== 'git') return undefined;
  const value = boundState(source, copy) ?? remoteState?.(source.url);
  if (value === undefined) return source.url;
  inputs.push({ kind: 'origin', name: source.url, value });
  return undefined;
}

/** What the Dockerfile itself binds a remote source to. */
function boundState(source: CopySource & { kind: 'url' | 'git' }, { checksum }: CopyEffect): string | undefined {
  if (source.kind === 'url') return checksum || undefined;
  const parsed = gitSource(source.url);
  return parsed.ok ? boundCommit({ ...parsed.source, ...(checksum && { commit: checksum }) }) : undefined;
}

function sourceText(source: CopySource): string {
  switch (source.kind) {
    case 'path':
      return source.text;
    case 'heredoc':
      return `<<${source.name}`;
    case 'url':
    case 'git':
      return source.url;
    default:
      return assertNever(source);
  }
}

function addOrigin(
  inputs: KeyInput[],
  origin: Exclude<Origin, { kind: 'context' }>,
  ends: Ends,
  sources: KeySources,
): string | undefined {
  if (origin.kind === 'stage') {
    const end = ends.get(origin.stage);
    if (!end?.known) return end?.missing ?? `stage ${origin.stage}`;
    inputs.push({ kind: 'origin', name: 'stage', value: end.key, label: `stage ${origin.stage}` });
    return undefined;
  }
  const id = sources.imageId(origin.reference);
  if (id === undefined) return origin.reference;
  inputs.push({ kind: 'origin', name: origin.reference, value: id });
  return undefined;
}

function addFiles(inputs: KeyInput[], files: readonly PlannedFile[], sources: KeySources): string | undefined {
  for (const file of files) {
    const content = file.type === 'file' ? sources.fileDigest(file.source) : (file.linkTarget ?? '');
    if (content === undefined) return file.source;
    const facts = [file.type, file.mode, content, file.extract ?? false];
    inputs.push({ kind: 'file', name: file.destination, value: JSON.stringify(facts), label: file.source });
  }
  return undefined;
}
