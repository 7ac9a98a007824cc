import { randomBytes } from 'node:crypto';
import { boolean, object, optional, record, string, type infer as TypeOf } from 'zod/mini';
import { openDocuments } from '../store/documents.ts';

const addresses = {
  /** CIDR; none for `host` and `none`, and until it is chosen. */
  subnet: optional(string()),
  gateway: optional(string()),
  /** CIDR: where addresses are taken from, where not from the whole subnet. */
  ipRange: optional(string()),
  /** Addresses that are somebody else's, by name. */
  auxiliaryAddresses: optional(record(string(), string())),
};
const Addresses = object(addresses);

const Stored = object({
  name: string(),
  id: string(),
  created: string(),
  /** Of IPv4. */
  ...addresses,
  /** Missing where the network has no IPv6. */
  ipv6: optional(Addresses),
  ipamOptions: optional(record(string(), string())),
  internal: boolean(),
  attachable: boolean(),
  options: record(string(), string()),
  labels: record(string(), string()),
});

/** A network's addresses of one IP version. */
export type StoredAddresses = TypeOf<typeof Addresses>;
/** A network as it is kept between runs of the daemon. */
export type StoredNetwork = TypeOf<typeof Stored>;

/** Networks that exist always; nobody makes or removes them. */
export const PREDEFINED: readonly string[] = ['bridge', 'host', 'none'];

export interface NetworkStore {
  all(): readonly StoredNetwork[];
  put(network: StoredNetwork): Promise<void>;
  delete(network: StoredNetwork): Promise<void>;
  /** Removes what interrupted writes left. Gives a line for the log per thing removed. */
  recover(): Promise<string[]>;
}

/** Reads the networks of a folder, and makes the predefined ones where they are missing. */
export async function openNetworkStore(folder: string): Promise<NetworkStore> {
  const documents = openDocuments(folder, (value) => Stored.parse(value));
  const known = new Map<string, StoredNetwork>();
  for (const name of await documents.names()) {
    const stored = await documents.get(name);
    if (stored !== undefined) known.set(stored.name, stored);
  }
  const put = async (network: StoredNetwork): Promise<void> => {
    await documents.put(network.id, network);
    known.set(network.name, network);
  };
  for (const name of PREDEFINED) if (!known.has(name)) await put(newNetwork({ name }));
  return {
    all: () => [...known.values()],
    put,
    recover: () => documents.recover(),
    async delete(network) {
      await documents.delete(network.id);
      known.delete(network.name);
    },
  };
}

/** A network with a new ID, made now. */
export function newNetwork(of: Partial<StoredNetwork> & { readonly name: string }): StoredNetwork {
  return {
    id: newId(),
    created: new Date().toISOString(),
    internal: false,
    attachable: false,
    options: {},
    labels: {},
    ...of,
  };
}

/** 64 hexadecimal digits, as Docker's IDs. */
export function newId(): string {
  return randomBytes(32).toString('hex');
}
