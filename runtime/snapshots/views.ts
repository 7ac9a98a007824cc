import type { ChainId } from '../../core/image/digest.ts';
import type { SnapshotLayout } from './layout.ts';

/** Who looks at which committed snapshots, so that none is removed under a view. */
export class Views {
  readonly #open = new Map<string, Disposable[]>();

  constructor(private readonly layout: Pick<SnapshotLayout, 'use'>) {}

  /** One view more under this key. Error: EngineError `not-found` where there is no such snapshot. */
  add(key: string, chain: ChainId): void {
    const used = this.layout.use(chain);
    const open = this.#open.get(key);
    if (open === undefined) this.#open.set(key, [used]);
    else open.push(used);
  }

  /** One view fewer. An unknown key is no error. */
  release(key: string): void {
    const open = this.#open.get(key);
    open?.pop()?.[Symbol.dispose]();
    if (open?.length === 0) this.#open.delete(key);
  }
}
