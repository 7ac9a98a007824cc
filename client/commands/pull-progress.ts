import * as z from 'zod/mini';
import { formatSize } from '../../core/image/size.ts';

const Wire = z.object({
  status: z.optional(z.string()),
  id: z.optional(z.string()),
  progressDetail: z.optional(z.nullable(z.object({ current: z.optional(z.number()), total: z.optional(z.number()) }))),
  error: z.optional(z.string()),
});

/** Adds up what `POST /images/create` reports layer by layer. */
export class PullProgress {
  readonly #layers = new Map<string, { current: number; total: number }>();
  #status = '';
  /** What the engine says went wrong. */
  error: string | undefined;

  /** Takes one value and gives the words for all so far: `12MB of 40MB`. */
  take(value: unknown): string {
    const parsed = Wire.safeParse(value);
    if (!parsed.success) return this.#status;
    const { status, id, progressDetail, error } = parsed.data;
    this.error ??= error;
    if (status === 'Downloading' && id !== undefined)
      this.#layers.set(id, { current: progressDetail?.current ?? 0, total: progressDetail?.total ?? 0 });
    if (id !== undefined && /complete|exists/i.test(status ?? '')) {
      const layer = this.#layers.get(id);
      if (layer !== undefined) layer.current = layer.total;
    }
    const layers = [...this.#layers.values()];
    const total = layers.reduce((sum, layer) => sum + layer.total, 0);
    const current = layers.reduce((sum, layer) => sum + layer.current, 0);
    if (status !== undefined) this.#status = status;
    return total > 0 ? `${formatSize(current)} of ${formatSize(total)}` : this.#status;
  }
}
