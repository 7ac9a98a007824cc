import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  array,
  boolean,
  literal,
  number,
  object,
  enum as oneOf,
  optional,
  string,
  type infer as TypeOf,
  union,
} from 'zod/mini';
import { hasErrno } from '../os/errno.ts';
import { writeFileAtOnce } from '../os/write-at-once.ts';
import type { AttachedContainer } from './attached.ts';
import { UPLINK_RECORD } from './kept-uplink.ts';

const SUFFIX = '.json';

const Stored = object({
  containerId: string(),
  containerName: string(),
  sandboxId: string(),
  namespace: union([literal('host'), literal('private'), object({ path: string() })]),
  netnsPath: optional(string()),
  ownsNetns: boolean(),
  /** ID of the predefined network. */
  predefined: optional(string()),
  endpoints: array(
    object({
      hostName: string(),
      endpoint: object({
        networkName: string(),
        networkId: string(),
        endpointId: string(),
        ip: string(),
        prefix: number(),
        gateway: string(),
        ipv6: optional(object({ ip: string(), prefix: number(), gateway: string() })),
        mac: string(),
        interfaceName: string(),
        aliases: array(string()),
        links: array(object({ container: string(), alias: string() })),
        gatewayPriority: optional(number()),
      }),
    }),
  ),
  ports: array(
    object({ containerPort: number(), protocol: oneOf(['tcp', 'udp']), hostIp: string(), hostPort: number() }),
  ),
  warnings: array(string()),
  nameServers: array(object({ address: string(), from: oneOf(['host', 'container']) })),
});

/** What a later daemon has to know of a container's network, which outlives this one with the container. */
export type StoredAttachment = TypeOf<typeof Stored>;

/** Records of the containers that have a network, as long as they do. */
export interface AttachedStore {
  put(container: AttachedContainer): Promise<void>;
  delete(containerId: string): Promise<void>;
  /** Those of the containers that run still, and what cannot be read of them; forgets all others. */
  recover(kept: ReadonlySet<string>): Promise<{
    readonly attachments: readonly StoredAttachment[];
    readonly problems: readonly string[];
  }>;
}

/** Keeps them in `folder`; they need not outlive the machine's power, as no container does. */
export function openAttachedStore(folder: string): AttachedStore {
  const fileOf = (containerId: string): string => join(folder, `${containerId}${SUFFIX}`);
  return {
    async put(container) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFileAtOnce(fileOf(container.containerId), JSON.stringify(storedOf(container)));
    },
    delete: (containerId) => rm(fileOf(containerId), { force: true }),
    async recover(kept) {
      const attachments: StoredAttachment[] = [];
      const problems: string[] = [];
      for (const name of await namesIn(folder)) {
        const path = join(folder, name);
        if (name === UPLINK_RECORD) continue;
        // Those of an earlier run of the machine may have been cut short by its end.
        if (!name.endsWith(SUFFIX) || !kept.has(name.slice(0, -SUFFIX.length))) {
          await rm(path, { force: true });
          continue;
        }
        try {
          attachments.push(Stored.parse(JSON.parse(await readFile(path, 'utf8'))));
        } catch (error) {
          problems.push(
            `what networks a running container is in is not known: ${path} cannot be read: ${String(error)}`,
          );
        }
      }
      return { attachments, problems };
    },
  };
}

function storedOf(container: AttachedContainer): StoredAttachment {
  const { containerId, containerName, sandboxId, namespace, netnsPath, ownsNetns, predefined, warnings } = container;
  return {
    ...{ containerId, containerName, sandboxId, namespace, netnsPath, ownsNetns, predefined: predefined?.id },
    endpoints: container.endpoints.map(({ endpoint, hostName }) => ({
      hostName,
      endpoint: { ...endpoint, aliases: [...endpoint.aliases], links: [...endpoint.links] },
    })),
    ports: [...(container.published?.ports ?? [])],
    warnings: [...warnings],
    nameServers: [...container.nameServers],
  };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
