import * as z from 'zod/mini';

/** One thing that a step's cache key depends on: an argument, a file, what is below. */
const RecordedInput = z.object({
  kind: z.string(),
  name: z.string(),
  value: z.string(),
  /** What to call it where `name` does not say: the source of a file. */
  label: z.optional(z.string()),
});

/** An instruction as it was executed, or taken from the cache. */
export const RecordedStep = z.object({
  /** From 1, in the order of the Dockerfile. */
  number: z.number(),
  /** Of the stage: its name, or its number from 0. */
  stage: z.string(),
  /** As written, in one line. */
  text: z.string(),
  /** In the Dockerfile, from 1. */
  line: z.number(),
  cached: z.boolean(),
  /** Absent for FROM, and where something that the step depends on could not be known. */
  key: z.optional(z.string()),
  inputs: z.array(RecordedInput),
  /** Absent where it made no layer. */
  diffId: z.optional(z.string()),
  /** Of the layer's files. */
  bytes: z.number(),
  files: z.number(),
  /** That the step took when it was executed, be it in an earlier build. */
  milliseconds: z.number(),
  /** Of RUN. */
  exitCode: z.optional(z.number()),
  /** The end of what its command wrote. */
  log: z.string(),
});
export type RecordedStep = z.output<typeof RecordedStep>;

/** How an image was built (`GET /lapstrake/images/{name}/build`): kept as long as the image. */
export const BuildRecord = z.object({
  image: z.string(),
  /** RFC 3339, of the build's end. */
  builtAt: z.string(),
  /** That the build took. */
  milliseconds: z.number(),
  /** `linux/amd64`. */
  platform: z.string(),
  target: z.optional(z.string()),
  steps: z.array(RecordedStep),
});
export type BuildRecord = z.output<typeof BuildRecord>;
