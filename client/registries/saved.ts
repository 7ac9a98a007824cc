import type { Memento } from 'vscode';
import * as z from 'zod/mini';

/** A registry of the explorer, and the repositories that were added to it by name. */
export interface SavedRegistry {
  readonly domain: string;
  readonly repositories: readonly string[];
}

const KEY = 'lapstrake.registries';
const Stored = z.array(z.object({ domain: z.string(), repositories: z.array(z.string()) }));

/** The registries of the explorer, in the order in which they came; the user's own, whatever the workspace. */
export class SavedRegistries {
  readonly #listeners = new Set<() => void>();

  constructor(private readonly memento: Pick<Memento, 'get' | 'update'>) {}

  /** Calls back when a registry or repository came or went. */
  onDidChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  get all(): readonly SavedRegistry[] {
    const parsed = Stored.safeParse(this.memento.get(KEY, []));
    return parsed.success ? parsed.data : [];
  }

  find(domain: string): SavedRegistry | undefined {
    return this.all.find((each) => each.domain === domain);
  }

  /** Adds a registry, where it is not there. */
  async add(domain: string): Promise<void> {
    if (this.find(domain) === undefined) await this.#write([...this.all, { domain, repositories: [] }]);
  }

  async remove(domain: string): Promise<void> {
    await this.#write(this.all.filter((each) => each.domain !== domain));
  }

  async addRepository(domain: string, repository: string): Promise<void> {
    await this.add(domain);
    await this.#change(domain, (repositories) => [...new Set([...repositories, repository])].sort());
  }

  async removeRepository(domain: string, repository: string): Promise<void> {
    await this.#change(domain, (repositories) => repositories.filter((each) => each !== repository));
  }

  #change(domain: string, change: (repositories: readonly string[]) => string[]): Promise<void> {
    return this.#write(
      this.all.map((each) => (each.domain === domain ? { domain, repositories: change(each.repositories) } : each)),
    );
  }

  async #write(registries: readonly SavedRegistry[]): Promise<void> {
    await this.memento.update(KEY, registries);
    for (const listener of this.#listeners) listener();
  }
}
