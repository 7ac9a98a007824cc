import { isAbsolute, resolve } from 'node:path';
import { type ContextContents, keysOfContents, readContents } from '../../core/disk/plan-keys.ts';
import { readContext } from '../../core/disk/read-context.ts';
import { sha256 } from '../../core/disk/sha256.ts';
import { chainIds } from '../../core/image/digest.ts';
import { formatPlatform, type Platform } from '../../core/image/platform.ts';
import { builderArguments } from '../../core/plan/builder-arguments.ts';
import { filesToDigest, type StepKey } from '../../core/plan/cache-key.ts';
import { type NeededImage, neededImages } from '../../core/plan/needed-images.ts';
import type { BaseImage, BuildPlan, PlanInputs } from '../../core/plan/plan.ts';
import type { SourceDate } from '../../core/plan/source-date.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import type { BuildCheck } from '../../protocol/build-event.ts';
import { readInRoot, readPlainFile } from '../containers/rootfs-path.ts';
import type { Image } from '../images/image-store.ts';
import { baseImage } from './base-images.ts';
import { BuildError } from './build-error.ts';
import type { BuildProgress, BuildRequest } from './builder.ts';
import { ContextArchives } from './context-archives.ts';
import type { BuildFloor } from './floor.ts';
import { refuseIgnoreProblems, refuseInsecure, refuseViolations, report, unobtainable } from './plan-refusals.ts';
import { readPlatforms } from './platform-progress.ts';
import type { RemoteSources } from './remote-sources.ts';
import { secondsOf, sourceTime, withSourceDate } from './source-date.ts';

/** Bytes of a Dockerfile that are read. */
const MOST_DOCKERFILE = 64 << 20;

/** What keeps a build from going on, or makes it another than was meant. */
export interface BuildProblem {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** Absent where it is about no line of the Dockerfile. */
  readonly range?: SourceRange;
  readonly subject?: string;
  /** The base image's ONBUILD instruction that it is about. */
  readonly trigger?: string;
}

/** What BuildKit's checks are judged by beside the Dockerfile. */
export interface KnownToChecks {
  readonly plan: BuildPlan;
  /** Of the plan. */
  readonly problems: readonly BuildProblem[];
  readonly buildArgs: Readonly<Record<string, string>>;
  /** By `imageKey`. */
  readonly images: ReadonlyMap<string, Pick<Image, 'id' | 'config'>>;
  /** `linux/amd64`. */
  readonly platform: string;
}

/** What BuildKit's checks have found. */
export interface FoundChecks {
  readonly findings: readonly BuildCheck[];
  /** The build is to fail where there are any. */
  readonly fails: boolean;
}

/** A Dockerfile that was read. */
export interface ReadFile {
  /** Plans its build with what is known of its context and its images so far. */
  plan(inputs: PlanInputs): { readonly value: BuildPlan; readonly problems: readonly BuildProblem[] };
  /** Which moment the build is asked to be from. */
  sourceDate(inputs: PlanInputs): SourceDate;
  check(known: KnownToChecks): FoundChecks;
}

/** Reads a Dockerfile. Error: BuildError where that cannot be. */
export type PlanDockerfile = (text: string, buildArgs: Readonly<Record<string, string>>) => ReadFile;

/** A build that is ready to be executed. */
export interface ReadyBuild {
  /** With what the Dockerfile says of it. */
  readonly request: BuildRequest;
  readonly plan: BuildPlan;
  readonly keys: ReadonlyMap<number, readonly StepKey[]>;
  /** What the files of the context held when the keys were made. */
  readonly contents: ContextContents;
  /** Images that FROM, `--from` and mounts name, by `imageKey`. */
  readonly images: ReadonlyMap<string, Image>;
  readonly platform: Platform;
}

/** What planning does on its way. */
export interface PlanningWays {
  readonly planDockerfile: PlanDockerfile;
  readonly progress: BuildProgress;
  /** Is told what BuildKit's checks have found. */
  readonly checked: (findings: readonly BuildCheck[]) => void;
  readonly signal: AbortSignal;
}

/** Plans every stage, and an image only where `imageOf` has it. */
interface PlanWishes {
  readonly allStages: boolean;
  readonly imageOf: (needed: NeededImage, plan: BuildPlan) => Promise<Image | undefined>;
}

/**
 * Plans a build: reads the Dockerfile and the context, and fetches the base images that are not here. `hold` is told of
 * each base image, so that nobody removes it before the build has ended.
 */
export async function prepareBuild(
  floor: BuildFloor,
  request: BuildRequest,
  ways: PlanningWays,
  hold: (image: Image) => void,
  remotes: RemoteSources,
): Promise<ReadyBuild> {
  const { progress, signal } = ways;
  const planned = await planBuild(floor, request, ways, {
    allStages: false,
    imageOf: async ({ reference, platform }, plan) => {
      try {
        const image = await baseImage(floor, request, reference, { progress, platform, signal });
        hold(image);
        return image;
      } catch (error) {
        signal.throwIfAborted();
        throw unobtainable(plan, reference, error, progress);
      }
    },
  });
  const { plan, problems, images, checks } = planned;
  const { buildArgs = {} } = planned.request;
  const epoch = sourceTime(planned.request);
  report(plan, problems, progress);
  refuseViolations(checks);
  if (request.allowInsecure !== true) refuseInsecure(plan, progress);
  const [contents] = await Promise.all([
    readContents(filesToDigest(plan), request.context, floor.digests, signal),
    remotes.look(plan, progress),
  ]);
  const more = {
    remoteState: remotes.state,
    ...(epoch !== undefined && { epoch }),
    builder: builderArguments(buildArgs),
  };
  const keys = keysOfContents(plan, contents, asBases(images), more);
  return { request: planned.request, plan, keys, contents, images, platform: planned.platform };
}

/** What only the files of the context tell: BuildKit's checks do not look at them. */
const OF_FILES: readonly string[] = ['copy-source-missing', 'copy-source-ignored', 'copy-matches-nothing'];

/**
 * Checks a Dockerfile as BuildKit does where nothing is to be built (`docker build --check`): all stages, or those that the
 * target needs. Of base images only those are known that are here. Error: BuildError for what keeps it from being built.
 */
export async function checkBuild(floor: BuildFloor, request: BuildRequest, ways: PlanningWays): Promise<void> {
  const { plan, problems } = await planBuild(floor, request, ways, {
    allStages: request.target === undefined,
    imageOf: async ({ reference, platform }) => floor.images.find(reference, platform),
  });
  report(
    plan,
    problems.filter(({ code }) => !OF_FILES.includes(code)),
    () => undefined,
  );
}

async function planBuild(
  floor: BuildFloor,
  asked: BuildRequest,
  { planDockerfile, checked, signal }: PlanningWays,
  { allStages, imageOf }: PlanWishes,
) {
  const text = await readDockerfile(asked);
  const [platform] = readPlatforms(asked.platform, floor.platform);
  const read = await readContext(asked.context, resolve(asked.context, asked.dockerfile), signal);
  refuseIgnoreProblems(read);
  const { tree, ignore } = read;
  const archives = new ContextArchives(asked.context);
  const given: PlanInputs = {
    context: tree,
    ignore,
    buildArgs: asked.buildArgs ?? {},
    images: new Map(),
    buildPlatform: floor.platform,
    targetPlatform: platform,
    isArchive: archives.isArchive,
    allStages,
    ...(asked.target !== undefined && { target: asked.target }),
    ...(asked.labels !== undefined && { labels: asked.labels }),
  };
  const file = planDockerfile(text, given.buildArgs);
  const request = withSourceDate(asked, file.sourceDate(given));
  const { buildArgs = {}, sourceDate } = request;
  const inputs = { ...given, buildArgs, sourceDate: sourceDate === undefined ? '' : secondsOf(sourceDate) };
  // What a base image's ONBUILD brings may name further images.
  const images = new Map<string, Image>();
  const looked = new Set<string>();
  let planned = file.plan(inputs);
  for (;;) {
    const missing = neededImages(planned.value, platform).filter(({ key }) => !looked.has(key));
    if (missing.length === 0 && !(await archives.look(signal))) break;
    for (const needed of missing) {
      looked.add(needed.key);
      const image = await imageOf(needed, planned.value);
      if (image !== undefined) images.set(needed.key, image);
    }
    planned = file.plan({ ...inputs, images: asBases(images) });
  }
  const { value: plan, problems } = planned;
  const checks = file.check({ plan, problems, buildArgs, images, platform: formatPlatform(platform) });
  checked(checks.findings);
  return { request, plan, problems, images, platform, checks };
}

async function readDockerfile({ context, dockerfile, contextMayChange }: BuildRequest): Promise<string> {
  const isOfUser = contextMayChange === true && isAbsolute(dockerfile);
  const text = isOfUser
    ? await readPlainFile(dockerfile, MOST_DOCKERFILE)
    : await readInRoot(context, dockerfile, MOST_DOCKERFILE);
  if (text !== undefined) return text;
  throw new BuildError('invalid', {
    code: 'dockerfile-missing',
    message: `Cannot locate specified Dockerfile: ${dockerfile}`,
    subject: dockerfile,
  });
}

function asBases(images: ReadonlyMap<string, Image>): ReadonlyMap<string, BaseImage> {
  return new Map([...images].map(([name, image]) => [name, asBase(image)]));
}

function asBase(image: Image): BaseImage {
  const chainId = chainIds(
    image.layers.map(({ diffId }) => diffId),
    sha256,
  ).at(-1);
  return { id: image.id, config: image.config.config, ...(chainId !== undefined && { chainId }) };
}
