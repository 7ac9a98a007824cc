import * as z from 'zod/mini';
import { asImageId } from '../core/image/digest.ts';
import { DigestText } from '../core/image/schema.ts';

const Place = z.object({ line: z.number(), character: z.number() });
/** In the Dockerfile, from 0. */
const Range = z.object({ start: Place, end: Place });
const Id = z.pipe(DigestText, z.transform(asImageId));

const STEP_EVENTS = [
  /** The step's result was there from an earlier build. */
  z.object({ kind: z.literal('cached') }),
  z.object({ kind: z.literal('running'), containerId: z.string() }),
  /** What RUN wrote; on stdout where it is not said. */
  z.object({ kind: z.literal('output'), stream: z.optional(z.enum(['stdout', 'stderr'])), text: z.string() }),
  z.object({ kind: z.literal('removed'), containerId: z.string() }),
  /** The image up to here has this ID. */
  z.object({ kind: z.literal('result'), id: Id }),
  z.object({ kind: z.literal('warning'), message: z.string(), range: z.optional(Range) }),
  /** The last of a step that did not fail. `milliseconds` are this build's, `bytes` those of the layer's files. */
  z.object({ kind: z.literal('done'), milliseconds: z.number(), bytes: z.number(), files: z.number() }),
] as const;

/** What happens in a step of a build. */
export const StepEvent = z.discriminatedUnion('kind', STEP_EVENTS);
export type StepEvent = z.output<typeof StepEvent>;

const Lines = z.object({ start: z.number(), end: z.number() });

/** What one of BuildKit's checks finds in a Dockerfile. */
export const BuildCheck = z.object({
  /** `JSONArgsRecommended`. */
  rule: z.string(),
  message: z.string(),
  /** What the rule asks for, in a sentence. */
  description: z.string(),
  url: z.string(),
  /** Of the instruction, from 0, both inclusive. */
  lines: Lines,
  /** What stands there in the Dockerfile; `first`: the first of its lines, from 0. */
  excerpt: z.object({ first: z.number(), lines: z.array(z.string()) }),
});
export type BuildCheck = z.output<typeof BuildCheck>;

/** What happens in a build beside its steps. */
const WholeEvent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('step'),
    /** From 1, in the order of the Dockerfile. */
    number: z.number(),
    total: z.number(),
    /** Of the stage: its name, or its number from 0. */
    stage: z.string(),
    /** `linux/arm64`; absent where one platform only is built for. */
    platform: z.optional(z.string()),
    /** The instruction as written, in one line. */
    text: z.string(),
    range: Range,
  }),
  z.object({ kind: z.literal('warning'), message: z.string(), range: z.optional(Range) }),
  /** A line of a base image's pull, as the Docker Engine API sends it. */
  z.object({ kind: z.literal('pull'), record: z.record(z.string(), z.unknown()) }),
  /** With a platform: one of several; the last, without, is the image that the build gives. */
  z.object({
    kind: z.literal('built'),
    id: Id,
    platform: z.optional(z.string()),
    /** The image was not there before. */
    isNew: z.optional(z.boolean()),
  }),
  /** What BuildKit's checks have found, in the order of the Dockerfile: the last of a build, whether it failed or not. */
  z.object({ kind: z.literal('checked'), findings: z.array(BuildCheck) }),
  /** Familiar: `app:latest`. */
  z.object({ kind: z.literal('tagged'), reference: z.string() }),
]);

/**
 * What happens during a build, in order; steps of stages that do not need each other happen at the same time. `step` is
 * the number that the step was announced with; what has none is about the whole build.
 */
export type BuildEvent =
  | (z.output<typeof WholeEvent> & { readonly step?: undefined })
  | (StepEvent & { readonly step: number });

/** Why a build failed. */
export const BuildFailure = z.object({
  message: z.string(),
  /** Stable: `command-failed`. */
  code: z.string(),
  /** Of the instruction in the Dockerfile, from 1; absent where the whole build is meant. */
  line: z.optional(z.number()),
  exitCode: z.optional(z.number()),
  /** What to do about it. */
  advice: z.optional(z.string()),
  /** The last lines that the instruction's command wrote. */
  output: z.optional(z.array(z.string())),
  /** ID of a nameless image of what there was before the instruction, where the build was asked to keep it. */
  stateBefore: z.optional(z.string()),
});
export type BuildFailure = z.output<typeof BuildFailure>;

/** A line of the answer to `POST /lapstrake/build`: an event of a step, one of the whole build, or the last one of a failure. */
export const BuildLine = z.union([
  z.object({ step: z.number(), event: StepEvent }),
  z.object({ event: WholeEvent }),
  z.object({ failure: BuildFailure }),
]);
export type BuildLine = z.output<typeof BuildLine>;
