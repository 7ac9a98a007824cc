import { homedir } from 'node:os';
import { certificateFolders } from '../../../core/disk/registry-certificates.ts';
import { formatPlatform } from '../../../core/image/platform.ts';
import { parseReference, type Reference } from '../../../core/image/reference.ts';
import { type JudgedImage, registryName } from '../../../core/registry/registry-image.ts';
import { within } from '../../../core/time/within.ts';
import { EngineError, isKind } from '../../errors.ts';
import type { Credentials } from '../../registry/credentials.ts';
import { RegistryHosts } from '../../registry/hosts.ts';
import { inspectRemote } from '../../registry/inspect-remote.ts';
import { remoteTags } from '../../registry/tags.ts';
import { print, type Surface } from '../command.ts';
import { dockerConfig } from '../registry-account.ts';

/** Milliseconds that a registry has for all that is asked about one image. */
const PATIENCE = 5000;

/**
 * Asks registries what they say of images, as the editor does, with the accounts of docker's configuration. Each image is
 * asked for once, and nothing more of a registry that did not answer: that is told on stderr, and no failure.
 */
export class RegistryQuestions {
  readonly #hosts: RegistryHosts;
  readonly #known = new Map<string, Promise<JudgedImage | undefined>>();
  readonly #silent = new Set<string>();

  constructor(
    private readonly surface: Pick<Surface, 'env' | 'signal' | 'stderr'>,
    private readonly patience = PATIENCE,
  ) {
    const { env } = surface;
    const certificates = certificateFolders(env, env.HOME || homedir());
    this.#hosts = new RegistryHosts({ mirrors: [], insecureRegistries: [], certificates, env });
  }

  /** What is known of the images of these references in the end, by `registryName`. Rejects where the command is interrupted. */
  async about(references: readonly string[]): Promise<ReadonlyMap<string, JudgedImage>> {
    const names = new Set(references.flatMap((reference) => registryName(reference) ?? []));
    const answers = new Map<string, JudgedImage>();
    await Promise.all(
      [...names].map(async (name) => {
        const answer = this.#known.get(name) ?? this.#ask(name);
        this.#known.set(name, answer);
        const image = await answer;
        if (image !== undefined) answers.set(name, image);
      }),
    );
    return answers;
  }

  async #ask(name: string): Promise<JudgedImage | undefined> {
    const parsed = parseReference(name);
    if (!parsed.ok || this.#silent.has(parsed.reference.domain)) return undefined;
    const { domain } = parsed.reference;
    const { signal } = this.surface;
    const until = within(this.patience, signal);
    try {
      return await this.#image(parsed.reference, until);
    } catch (error) {
      if (signal.aborted || !(until.aborted || error instanceof EngineError)) throw error;
      const isSilent = until.aborted || isKind(error, 'unavailable');
      if (!this.#silent.has(domain)) this.#tell(name, until.aborted ? undefined : error);
      if (isSilent) this.#silent.add(domain);
      return undefined;
    }
  }

  #tell(name: string, error: unknown): void {
    const why = error instanceof Error ? error.message : `no answer within ${this.patience / 1000} seconds`;
    print(this.surface.stderr, `lapstrake: nothing is known of ${name} in its registry: ${why}`);
  }

  async #image(reference: Reference, signal: AbortSignal): Promise<JudgedImage> {
    const credentials = await dockerConfig(this.surface).credentialsOf(reference.domain, signal);
    try {
      const { digest, platforms } = await inspectRemote(this.#hosts, reference, credentials, signal);
      const known = platforms.filter(({ os }) => os !== 'unknown');
      return { exists: true, digest, platforms: known.map(formatPlatform) };
    } catch (error) {
      if (!isMissing(error)) throw error;
      return { exists: false, tags: await this.#tags(reference, credentials, signal) };
    }
  }

  /** A repository that is not there has none. */
  async #tags(reference: Reference, credentials: Credentials, signal: AbortSignal): Promise<readonly string[]> {
    try {
      return await remoteTags(this.#hosts, reference, credentials, signal);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }
}

/** Whether the registry says that there is none, and not only that we may not have it. */
function isMissing(error: unknown): boolean {
  return isKind(error, 'not-found') && error.code !== 'pull-denied';
}
