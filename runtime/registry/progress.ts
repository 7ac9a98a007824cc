import { type DiffId, type Digest, shortId } from '../../core/image/digest.ts';
import { formatSize } from '../../core/image/size.ts';

/** One line of the answer to `POST /images/create` or `/push` (Docker Engine API). */
export interface ProgressLine {
  /** Absent where `aux` is what is told. */
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly progress?: string;
  readonly aux?: unknown;
}

export type ReportProgress = (line: ProgressLine) => void;

const BAR = 50;
/** Milliseconds between two lines about the same transfer. */
const INTERVAL = 100;

/** Tells of one layer. */
export class LayerProgress {
  #last = 0;

  constructor(
    private readonly report: ReportProgress,
    private readonly digest: Digest | DiffId,
  ) {}

  say(status: string): void {
    this.report({ status, progressDetail: {}, id: shortId(this.digest) });
  }

  /** Tells how far a transfer is, not more often than anybody can read. */
  at(status: string, current: number, total: number): void {
    const now = Date.now();
    if (now - this.#last < INTERVAL) return;
    this.#last = now;
    const progress = `${bar(current, total)}  ${formatSize(current)}/${formatSize(total)}`;
    this.report({ status, progressDetail: { current, total }, progress, id: shortId(this.digest) });
  }
}

function bar(current: number, total: number): string {
  const full = total === 0 ? BAR : Math.min(BAR, Math.floor((current / total) * BAR));
  const arrow = full === BAR ? `${'='.repeat(BAR)}>` : `${'='.repeat(full)}>${' '.repeat(BAR - full)}`;
  return `[${arrow.slice(0, BAR + 1)}]`;
}
