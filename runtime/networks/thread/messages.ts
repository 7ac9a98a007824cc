import type { ErrorKind } from '../../errors.ts';
import type { NetworkOps } from '../network-ops.ts';

/** The operations that the network thread does for others. */
export type OpName = Exclude<keyof NetworkOps, 'close'>;

/** To the thread: do this. */
export interface OpRequest {
  readonly id: number;
  readonly op: OpName;
  readonly args: readonly unknown[];
}

/** To the thread: end, once what was asked before is done. */
export const END = 'end';

/** From the thread: done, or why not. */
export type OpAnswer =
  | { readonly id: number; readonly result: unknown }
  | {
      readonly id: number;
      readonly error: {
        readonly kind: ErrorKind;
        readonly code: string;
        readonly message: string;
        readonly errnoName: string | undefined;
      };
    };

/** How the thread starts. */
export interface ThreadData {
  /** A path is where a namespace of the thread's own is mounted, or is to be. */
  readonly home: 'current' | { readonly path: string };
}
