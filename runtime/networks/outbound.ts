import { run, runAny } from '../os/spawn.ts';

/** A bridge, and whom its containers reach beyond it. */
export interface BridgeReach {
  readonly bridge: string;
  /** CIDR. */
  readonly subnet: string;
  /** By the host's address, or nobody. */
  readonly outside: 'reached' | 'unreached';
  /** Bridges of other networks: nothing goes from one to another. */
  readonly others: readonly string[];
}

/** How the rules were made. */
export interface BridgeRules extends AsyncDisposable {
  readonly tool: 'iptables' | 'nft';
}

/** Path of the network namespace to do it in; the daemon's own where undefined. */
export type NetnsPath = string | undefined;

/**
 * Lets containers reach the outside and keeps networks apart: masquerades what leaves the bridge, accepts what is forwarded
 * for it, and drops what is for another network. Gives undefined where neither iptables nor nft can.
 */
export async function makeRules(of: BridgeReach, netns: NetnsPath): Promise<BridgeRules | undefined> {
  if (await restore(tables(of), '-I', netns)) {
    return { tool: 'iptables', [Symbol.asyncDispose]: async () => void (await restore(tables(of), '-D', netns)) };
  }
  if (!(await succeeds('nft', ['-f', '-'], netns, nftTable(of)))) return undefined;
  const remove = ['delete', 'table', 'ip', tableName(of.bridge)];
  return { tool: 'nft', [Symbol.asyncDispose]: async () => void (await succeeds('nft', remove, netns)) };
}

/** Removes every rule about a bridge, as a daemon which was killed has left them. */
export async function removeRules(bridge: string, netns: NetnsPath): Promise<'removed' | 'none'> {
  const left = rulesAbout(bridge, await output('iptables-save', netns));
  const byIptables = left.nat.length + left.filter.length > 0 && (await restore(left, '-D', netns));
  const byNft = await succeeds('nft', ['delete', 'table', 'ip', tableName(bridge)], netns);
  return byIptables || byNft ? 'removed' : 'none';
}

/** Rules of iptables by table, in the order in which they count, without the verb. */
interface Tables {
  readonly nat: readonly string[];
  readonly filter: readonly string[];
}

function tables({ bridge, subnet, outside, others }: BridgeReach): Tables {
  const apart = others.flatMap((other) => [
    `FORWARD -i ${bridge} -o ${other} -j DROP`,
    `FORWARD -i ${other} -o ${bridge} -j DROP`,
  ]);
  if (outside === 'unreached') return { nat: [], filter: apart };
  return {
    nat: [`POSTROUTING -s ${subnet} ! -o ${bridge} -j MASQUERADE`],
    filter: [
      ...apart,
      `FORWARD -o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
      `FORWARD -i ${bridge} -j ACCEPT`,
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

function nftTable({ bridge, subnet, outside, others }: BridgeReach): string {
  const names = others.map((other) => `"${other}"`).join(', ');
  const nat = `chain postrouting {
    type nat hook postrouting priority 100; ip saddr ${subnet} oifname != "${bridge}" masquerade;
  }`;
  const apart = `chain forward {
    type filter hook forward priority -1;
    iifname "${bridge}" oifname { ${names} } drop;
    iifname { ${names} } oifname "${bridge}" drop;
  }`;
  return `table ip ${tableName(bridge)} {
  ${outside === 'reached' ? nat : ''}
  ${others.length > 0 ? apart : ''}
}`;
}

/** Adds (`-I`) or removes (`-D`) all rules in one transaction of each table. */
async function restore({ nat, filter }: Tables, verb: '-I' | '-D', netns: NetnsPath): Promise<boolean> {
  // What is put in front last comes first.
  const lines = (rules: readonly string[]): string =>
    [...rules]
      .reverse()
      .map((rule) => `${verb} ${rule}\n`)
      .join('');
  const input = `*nat\n${lines(nat)}COMMIT\n*filter\n${lines(filter)}COMMIT\n`;
  return succeeds('iptables-restore', ['--noflush', '--wait'], netns, input);
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

/** Whether a program can be started at all. */
export async function isInstalled(program: string): Promise<boolean> {
  try {
    await run(program, ['--version']);
    return true;
  } catch {
    return false;
  }
}
