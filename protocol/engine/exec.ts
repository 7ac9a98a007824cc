import * as z from 'zod/mini';
import { command, field, flag, text, texts } from './fields.ts';

/** Body of `POST /containers/{id}/exec`. */
export const ExecCreate = z.object({
  User: text,
  Privileged: flag,
  Tty: flag,
  ConsoleSize: field(z.array(z.number()), undefined),
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  Detach: flag,
  DetachKeys: text,
  Env: texts,
  WorkingDir: text,
  Cmd: command,
});
export type ExecCreate = z.output<typeof ExecCreate>;

/** Body of `POST /exec/{id}/start`. */
export const ExecStart = z.object({
  Detach: flag,
  Tty: flag,
  ConsoleSize: field(z.array(z.number()), undefined),
});
export type ExecStart = z.output<typeof ExecStart>;
