import type { Token } from '../dockerfile/ast.ts';
import { baseStage, type Dockerfile, type Stage } from '../dockerfile/stages.ts';
import { type Platform, parsePlatform } from '../image/platform.ts';
import { parseReference } from '../image/reference.ts';
import { ownValue, predefinedArguments, type Variables } from './global-arguments.ts';
import { imageKey } from './image-key.ts';
import type { BaseImage, PlanInputs, PlanProblem, StageBase } from './plan.ts';
import { StepWords } from './step-words.ts';

/** What a stage stands on. */
export interface PlannedBase {
  readonly base: StageBase;
  readonly platform: Platform;
  readonly problems: readonly PlanProblem[];
}

/** The arguments in force for FROM: the predefined ones, then those above the first FROM. */
export function globalVariables(
  { globalArgs, syntax }: Dockerfile,
  inputs: PlanInputs,
): { readonly variables: Variables; readonly problems: readonly PlanProblem[] } {
  const { buildArgs, buildPlatform, targetPlatform = buildPlatform, target = '' } = inputs;
  const variables = new Map(predefinedArguments(buildPlatform, targetPlatform, target, buildArgs));
  const words = new StepWords(variables, syntax.escape);
  for (const { name, value } of globalArgs.flatMap(({ args }) => args)) {
    const given = ownValue(buildArgs, name.text) ?? words.maybe(value);
    if (given !== undefined) variables.set(name.text, given);
  }
  const { sourceDate } = inputs;
  if (sourceDate === '') variables.delete('SOURCE_DATE_EPOCH');
  else if (sourceDate !== undefined && variables.has('SOURCE_DATE_EPOCH'))
    variables.set('SOURCE_DATE_EPOCH', sourceDate);
  return { variables, problems: words.problems };
}

/** Plans a FROM: the image, the stage or nothing that a stage stands on, and the platform that it is for. */
export function planBase(dockerfile: Dockerfile, stage: Stage, globals: Variables, inputs: PlanInputs): PlannedBase {
  const words = new StepWords(globals, dockerfile.syntax.escape);
  const platform = platformOf(stage.from.platform, words) ?? inputs.targetPlatform ?? inputs.buildPlatform;
  const { image } = stage.from;
  const known: KnownImage = (reference) =>
    inputs.images.get(imageKey(reference, platform, inputs.targetPlatform ?? inputs.buildPlatform)) ??
    inputs.images.get(reference);
  const base: StageBase = image === undefined ? { kind: 'scratch' } : baseOf(dockerfile, stage, image, words, known);
  return { base, platform, problems: words.problems };
}

type KnownImage = (reference: string) => BaseImage | undefined;

function baseOf(
  { stages }: Dockerfile,
  stage: Stage,
  image: Token,
  words: StepWords,
  knownImage: KnownImage,
): StageBase {
  const reference = words.expand(image);
  if (reference === '') {
    if (words.problems.length === 0)
      words.error('base-invalid', `base name (${image.text}) should not be blank`, image);
    return { kind: 'scratch' };
  }
  const below = baseStage(stages, stage, reference.toLowerCase());
  if (below !== undefined) return { kind: 'stage', stage: below.index };
  if (reference === 'scratch') return { kind: 'scratch' };
  const parsed = parseReference(reference);
  if (!parsed.ok) {
    words.error('base-invalid', `failed to parse stage name ${JSON.stringify(reference)}: ${parsed.problem}`, image);
    return { kind: 'scratch' };
  }
  const known = knownImage(reference);
  return { kind: 'image', reference, ...(known && { image: known }) };
}

function platformOf(token: Token | undefined, words: StepWords): Platform | undefined {
  if (token === undefined) return undefined;
  const text = words.expand(token);
  if (text === '') {
    words.error('platform-invalid', `empty platform value from expression ${token.text}`, token);
    return undefined;
  }
  const platform = parsePlatform(text);
  if (platform === undefined) {
    words.error(
      'platform-invalid',
      `failed to parse platform ${token.text}: ${JSON.stringify(text)} is no platform`,
      token,
    );
  }
  return platform;
}
