import * as z from 'zod/mini';
import { formatSize } from '../../core/image/size.ts';

const Wire = z.object({
  status: z.optional(z.string()),
  stream: z.optional(z.string()),
  id: z.optional(z.string()),
  progressDetail: z.optional(z.nullable(z.object({ current: z.optional(z.number()), total: z.optional(z.number()) }))),
  error: z.optional(z.string()),
  errorDetail: z.optional(z.nullable(z.object({ message: z.optional(z.string()) }))),
  aux: z.optional(z.nullable(z.looseObject({ Digest: z.optional(z.string()) }))),
});

/** Where a transfer is: words for people, and how much of what is known is done (0–1). */
export interface TransferState {
  readonly message: string;
  readonly done: number | undefined;
}

/** Adds up what `POST /images/create`, `/images/{name}/push` and `/images/load` report, layer by layer. */
export class TransferProgress {
  readonly #layers = new Map<string, { current: number; total: number }>();
  #status = '';
  /** What the engine says went wrong. */
  error: string | undefined;
  /** Digest of the manifest that was pushed. */
  digest: string | undefined;
  /** Names or IDs of what was loaded. */
  readonly loaded: string[] = [];

  /** Takes one value and gives where all is by now: `12MB of 40MB`. */
  take(value: unknown): TransferState {
    const parsed = Wire.safeParse(value);
    if (parsed.success) this.#take(parsed.data);
    const layers = [...this.#layers.values()];
    const total = layers.reduce((sum, layer) => sum + layer.total, 0);
    const current = layers.reduce((sum, layer) => sum + Math.min(layer.current, layer.total), 0);
    if (total === 0) return { message: this.#status, done: undefined };
    return { message: `${formatSize(current)} of ${formatSize(total)}`, done: current / total };
  }

  #take({ status, stream, id, progressDetail, error, errorDetail, aux }: z.infer<typeof Wire>): void {
    this.error ??= errorDetail?.message ?? error;
    this.digest ??= aux?.Digest;
    const loaded = /^Loaded image(?: ID)?: (\S+)/.exec(stream ?? '')?.[1];
    if (loaded !== undefined) this.loaded.push(loaded);
    const words = status ?? stream?.trim();
    if (words !== undefined && words !== '') this.#status = words;
    if (id === undefined || status === undefined) return;
    if (/^(Downloading|Pushing|Loading layer)$/.test(status))
      this.#layers.set(id, { current: progressDetail?.current ?? 0, total: progressDetail?.total ?? 0 });
    const layer = this.#layers.get(id);
    if (layer !== undefined && /complete|exists|pushed|mounted/i.test(status)) layer.current = layer.total;
  }
}
