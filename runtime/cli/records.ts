import * as z from 'zod/mini';
import { field, flag, integer, text, texts } from '../../protocol/engine/fields.ts';

/** What this program reads of the engine's answers: the fields that it shows. */
export const ImageList = z.array(
  z.looseObject({ Id: z.string(), RepoTags: texts, RepoDigests: texts, Created: integer, Size: integer }),
);

export const Port = z.object({ IP: text, PrivatePort: integer, PublicPort: integer, Type: text });
export type Port = z.output<typeof Port>;

export const ContainerList = z.array(
  z.looseObject({
    Id: z.string(),
    Names: texts,
    Image: text,
    Command: text,
    Created: integer,
    Status: text,
    State: text,
    Ports: field(z.array(Port), [] as Port[]),
  }),
);

export const Created = z.object({ Id: z.string(), Warnings: texts });

export const ContainerInspect = z.looseObject({
  Id: z.string(),
  Name: text,
  Config: z.object({ Tty: flag, OpenStdin: flag }),
  State: z.object({ Running: flag, ExitCode: integer }),
});

export const WaitResult = z.object({
  StatusCode: z.number(),
  Error: field(z.object({ Message: text }), undefined),
});

export const ExecInspect = z.object({ ExitCode: field(z.number(), 0), Running: flag });

/** One line of a build's or a pull's progress. */
export const ProgressRecord = z.looseObject({
  stream: text,
  status: text,
  id: text,
  progress: text,
  error: text,
  /** `line`, from 1, comes from our own engine only. */
  errorDetail: field(z.object({ message: text, code: integer, line: integer, advice: text }), undefined),
  aux: field(z.record(z.string(), z.unknown()), undefined),
});
export type ProgressRecord = z.output<typeof ProgressRecord>;

export const TopResult = z.object({ Titles: texts, Processes: z.array(z.array(z.string())) });

/** `POST /commit`. */
export const Committed = z.object({ Id: z.string() });

/** `GET /containers/{id}/changes`: null where there are none. */
export const Changes = z.nullable(z.array(z.object({ Path: z.string(), Kind: z.number() })));

/** `GET /images/{name}/history`. */
export const History = z.array(
  z.looseObject({ Id: z.string(), Created: integer, CreatedBy: text, Size: integer, Comment: text, Tags: texts }),
);

/** What is printed as it came. */
export const Anything = z.unknown();

export const RemovedImages = z.array(z.object({ Untagged: text, Deleted: text }));

export const Doctor = z.looseObject({
  root: text,
  rows: z.array(z.object({ floor: z.string(), choice: z.string(), reason: z.string(), notes: texts })),
});

export const Layers = z.looseObject({
  id: z.string(),
  tags: texts,
  size: integer,
  efficiency: z.number(),
  wastedBytes: z.number(),
  wastedUserPercent: z.number(),
  rows: z.array(
    z.looseObject({
      instruction: z.string(),
      diffId: z.optional(z.string()),
      bytes: z.number(),
      created: integer,
      fileCount: z.optional(z.number()),
      wasted: z.optional(z.number()),
    }),
  ),
});
export type Layers = z.output<typeof Layers>;

/** What `stats` says whose figures they are. */
export const Stats = z.looseObject({ id: text, name: text });
export type Stats = z.output<typeof Stats>;
