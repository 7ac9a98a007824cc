import { runAny } from '../os/spawn.ts';
import { formatSubnet, type IpFamily, type Subnet } from './subnet.ts';

/** A bridge, and whom its containers reach beyond it by one IP version. */
export interface BridgeReach {
  readonly bridge: string;
  readonly subnet: Subnet;
  /** By the host's address, or nobody. */
  readonly outside: 'reached' | 'unreached';
  /** Bridges of other networks: nothing goes from one to another. */
  readonly others: readonly string[];
}

/**
 * How the rules were made. Disposing takes every rule about the bridge away, those of other bridges that keep them apart
 * from it, too: one bridge at a time.
 */
export interface BridgeRules extends AsyncDisposable {
  readonly tool: 'iptables' | 'nft';
}

/** Path of the network namespace to do it in; the daemon's own where undefined. */
export type NetnsPath = string | undefined;

/** What the tools are called for an IP version. */
const TOOLS = {
  4: { restore: 'iptables-restore', save: 'iptables-save', nftFamily: 'ip' },
  6: { restore: 'ip6tables-restore', save: 'ip6tables-save', nftFamily: 'ip6' },
} as const;

/**
 * Lets containers reach the outside and keeps networks apart: masquerades what leaves the bridge, accepts what is forwarded
 * for it, and drops what is for another network. Nobody outside begins a connection over IPv6, where addresses may be known
 * to the world. Gives undefined where neither iptables nor nft can.
 */
export async function makeRules(of: BridgeReach, netns: NetnsPath): Promise<BridgeRules | undefined> {
  const { family } = of.subnet;
  const { bridge } = of;
  if (await restore(tables(of), '-I', family, netns)) {
    return { tool: 'iptables', [Symbol.asyncDispose]: () => removeFromTables(bridge, family, netns) };
  }
  if (!(await succeeds('nft', ['-f', '-'], netns, nftTable(of)))) return undefined;
  return { tool: 'nft', [Symbol.asyncDispose]: () => removeNftTable(bridge, family, netns) };
}

/** Removes every rule about a bridge, as a daemon which was killed has left them; of one bridge at a time. */
export async function removeRules(bridge: string, netns: NetnsPath): Promise<void> {
  const remove = async (family: IpFamily): Promise<void> => {
    await removeFromTables(bridge, family, netns);
    await removeNftTable(bridge, family, netns);
  };
  await Promise.all([remove(4), remove(6)]);
}

async function removeFromTables(bridge: string, family: IpFamily, netns: NetnsPath): Promise<void> {
  const left = rulesAbout(bridge, await output(TOOLS[family].save, netns));
  if (left.nat.length + left.filter.length > 0) await restore(left, '-D', family, netns);
}

async function removeNftTable(bridge: string, family: IpFamily, netns: NetnsPath): Promise<void> {
  await succeeds('nft', ['delete', 'table', TOOLS[family].nftFamily, tableName(bridge)], netns);
}

/** Rules of iptables by table, in the order in which they count, without the verb. */
interface Tables {
  readonly nat: readonly string[];
  readonly filter: readonly string[];
}

/** The rules for a bridge. */
export function tables({ bridge, subnet, outside, others }: BridgeReach): Tables {
  const apart = others.flatMap((other) => [
    `FORWARD -i ${bridge} -o ${other} -j DROP`,
    `FORWARD -i ${other} -o ${bridge} -j DROP`,
  ]);
  const closed = subnet.family === 6 ? [`FORWARD ! -i ${bridge} -o ${bridge} -j DROP`] : [];
  if (outside === 'unreached') {
    const shut = subnet.family === 6 ? [`FORWARD -i ${bridge} ! -o ${bridge} -j DROP`] : [];
    return { nat: [], filter: [...apart, ...shut, ...closed] };
  }
  return {
    nat: [`POSTROUTING -s ${formatSubnet(subnet)} ! -o ${bridge} -j MASQUERADE`],
    filter: [
      ...apart,
      `FORWARD -o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
      `FORWARD -i ${bridge} -j ACCEPT`,
      ...closed,
    ],
  };
}

/** The rules of `iptables-save` that name a bridge. */
export function rulesAbout(bridge: string, saved: string): Tables {
  const found: Record<keyof Tables, string[]> = { nat: [], filter: [] };
  let table = '';
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const words = line.split(' ');
    const names = words.some((word, index) => word === bridge && /^-[io]$/.test(words[index - 1] ?? ''));
    if (line.startsWith('-A ') && names && (table === 'nat' || table === 'filter')) found[table].push(line.slice(3));
  }
  return found;
}

function tableName(bridge: string): string {
  return bridge.replace(/[^a-z0-9]/gi, '_');
}

/** The same as a table of nftables. */
export function nftTable({ bridge, subnet, outside, others }: BridgeReach): string {
  const { nftFamily } = TOOLS[subnet.family];
  const names = others.map((other) => `"${other}"`).join(', ');
  const nat = `chain postrouting {
    type nat hook postrouting priority 100;
    ${nftFamily} saddr ${formatSubnet(subnet)} oifname != "${bridge}" masquerade;
  }`;
  const apart = [`iifname "${bridge}" oifname { ${names} } drop;`, `iifname { ${names} } oifname "${bridge}" drop;`];
  const closed =
    outside === 'reached'
      ? [`iifname != "${bridge}" oifname "${bridge}" ct state != { established, related } drop;`]
      : [`iifname != "${bridge}" oifname "${bridge}" drop;`, `iifname "${bridge}" oifname != "${bridge}" drop;`];
  const drops = [...(others.length > 0 ? apart : []), ...(subnet.family === 6 ? closed : [])];
  const forward = `chain forward {
    type filter hook forward priority -1;
    ${drops.join('\n    ')}
  }`;
  return `table ${nftFamily} ${tableName(bridge)} {
  ${outside === 'reached' ? nat : ''}
  ${drops.length > 0 ? forward : ''}
}`;
}

/** Adds (`-I`) or removes (`-D`) all rules in one transaction of each table. */
async function restore(
  { nat, filter }: Tables,
  verb: '-I' | '-D',
  family: IpFamily,
  netns: NetnsPath,
): Promise<boolean> {
  // What is put in front last comes first.
  const lines = (rules: readonly string[]): string =>
    [...rules]
      .reverse()
      .map((rule) => `${verb} ${rule}\n`)
      .join('');
  const table = (name: keyof Tables, rules: readonly string[]): string =>
    rules.length === 0 ? '' : `*${name}\n${lines(rules)}COMMIT\n`;
  const input = `${table('nat', nat)}${table('filter', filter)}`;
  return succeeds(TOOLS[family].restore, ['--noflush', '--wait'], netns, input);
}

async function output(program: string, netns: NetnsPath): Promise<string> {
  const [first, ...rest] = inNamespace([program], netns);
  try {
    return (await runAny(first!, rest, {})).stdout.toString();
  } catch {
    // Not installed: no rule is its own.
    return '';
  }
}

function inNamespace(words: readonly string[], netns: NetnsPath): readonly string[] {
  return netns === undefined ? words : ['nsenter', `--net=${netns}`, ...words];
}

async function succeeds(program: string, args: readonly string[], netns: NetnsPath, input?: string): Promise<boolean> {
  const options = input === undefined ? {} : { input };
  try {
    const [first, ...rest] = inNamespace([program, ...args], netns);
    return (await runAny(first!, rest, options)).exitCode === 0;
  } catch {
    // Not installed: the next tool may be.
    return false;
  }
}
