import { readDockerfile } from '../../dockerfile/read.ts';
import { emptyConfig, type RunConfig } from '../../image/config.ts';
import { asImageId, parseDigest } from '../../image/digest.ts';
import { parsePlatform } from '../../image/platform.ts';
import type { BaseImage, BuildPlan, PlanInputs } from '../../plan/plan.ts';
import { planDockerfile } from '../../plan/plan-dockerfile.ts';
import type { LintOptions } from '../lint-options.ts';

const AMD64 = parsePlatform('linux/amd64')!;
const ARM64 = parsePlatform('linux/arm64')!;
const ID = asImageId(parseDigest(`sha256:${'b'.repeat(64)}`)!);

/** A base image that sets whatever an image can set. */
const CONFIG: RunConfig = {
  ...emptyConfig(),
  User: 'base:base',
  ExposedPorts: { '1/tcp': {} },
  Env: ['PATH=/base/bin', 'BASE=base'],
  Entrypoint: ['/base-entrypoint'],
  Cmd: ['base'],
  WorkingDir: '/base',
  Labels: { base: 'yes' },
  StopSignal: 'SIGQUIT',
  OnBuild: ['ENV FROM_TRIGGER=1'],
};

/**
 * What a builder would make of a Dockerfile, as text: of every stage what it starts from, what is done to its files, and its
 * config in the end; for the machine's platform and for another one, with base images that are known and that are not.
 * Without places in the text, the words of the history and the names of stages that no image keeps.
 */
export function imageMeaning(text: string, { context }: LintOptions = {}): string {
  const { value: dockerfile } = readDockerfile(text);
  const plans = [AMD64, ARM64].flatMap((targetPlatform) => {
    const tree = context && { context: context.tree };
    const inputs: PlanInputs = {
      ...{ buildArgs: {}, images: new Map(), buildPlatform: AMD64, targetPlatform, allStages: true, ...tree },
    };
    const unknown = planDockerfile(dockerfile, inputs);
    const image: BaseImage = { id: ID, config: CONFIG };
    const images = new Map(unknown.value.references.map((reference) => [reference, image]));
    return [unknown, planDockerfile(dockerfile, { ...inputs, images })];
  });
  return JSON.stringify(
    plans.map(({ value, problems }) => ({
      ...partsOf(value),
      errors: problems.flatMap(({ code, severity }) => (severity === 'error' ? [code] : [])),
    })),
    (key, part: unknown) => (key === 'range' ? undefined : plain(part)),
    1,
  );
}

function partsOf({ stages, target, references }: BuildPlan) {
  return {
    target,
    references,
    stages: stages.map(({ name, base, platform, author, config, steps }) => ({
      ...{ name, base, platform, author, config },
      effects: steps.flatMap(({ effect }) => (effect.kind === 'metadata' ? [] : [effect])),
    })),
  };
}

/** Names in one order; and no words of what can be meant by neither a stage nor an image, however it is spelled. */
function plain(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  if ('refused' in part) return 'refused';
  return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
}
