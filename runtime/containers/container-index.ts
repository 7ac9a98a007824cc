import { conflict, invalid, notFound } from '../errors.ts';
import type { Container } from './container.ts';
import { type ContainerId, shortContainerId } from './container-id.ts';

/** Containers by ID, by name, and by the beginning of an ID. Names are taken while a container is still being made. */
export class ContainerIndex {
  readonly #byId = new Map<string, Container>();
  readonly #names = new Map<string, ContainerId>();

  all(): Container[] {
    return [...this.#byId.values()];
  }

  isTaken(name: string): boolean {
    return this.#names.has(name);
  }

  /** Error: EngineError `conflict` with Docker's text. */
  takeName(name: string, id: ContainerId): Disposable {
    const owner = this.#names.get(name);
    if (owner !== undefined) {
      throw conflict({
        code: 'container-name-taken',
        message: `Conflict. The container name "/${name}" is already in use by container "${owner}". You have to remove (or rename) that container to be able to reuse that name.`,
        subject: name,
        remedies: [`Remove or rename the container ${shortContainerId(owner)}`],
      });
    }
    this.#names.set(name, id);
    return { [Symbol.dispose]: () => void this.#names.delete(name) };
  }

  releaseName(name: string): void {
    this.#names.delete(name);
  }

  add(container: Container): void {
    this.#byId.set(container.id, container);
    this.#names.set(container.name, container.id);
  }

  remove(container: Container): void {
    this.#byId.delete(container.id);
    this.#names.delete(container.name);
  }

  find(text: string): Container | undefined {
    const id = this.#names.get(text.replace(/^\//, '')) ?? text;
    return this.#byId.get(id);
  }

  /** Errors: EngineError `not-found` with Docker's text, `invalid` where several IDs begin so. */
  get(text: string): Container {
    const exact = this.find(text);
    if (exact !== undefined) return exact;
    const matches = /^[0-9a-f]+$/.test(text) ? this.all().filter(({ id }) => id.startsWith(text)) : [];
    if (matches.length > 1) {
      throw invalid({
        code: 'container-ambiguous',
        message: `Multiple IDs found with provided prefix: ${text}`,
        subject: text,
      });
    }
    if (matches[0] !== undefined) return matches[0];
    throw notFound({ code: 'container-not-found', message: `No such container: ${text}`, subject: text });
  }
}
