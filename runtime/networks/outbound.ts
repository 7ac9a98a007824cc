import { run, runAny } from '../os/spawn.ts';

/** A bridge whose containers reach out by the host's address. */
export interface MasqueradedBridge {
  readonly bridge: string;
  /** CIDR. */
  readonly subnet: string;
}

/** How the rules were made. */
export interface Masquerade extends AsyncDisposable {
  readonly tool: 'iptables' | 'nft';
}

/** Path of the network namespace to do it in; the daemon's own where undefined. */
export type NetnsPath = string | undefined;

/**
 * Lets containers reach the outside: masquerades what leaves the bridge, and accepts what is forwarded for it. Gives
 * undefined where neither iptables nor nft can.
 */
export async function masquerade(of: MasqueradedBridge, netns: NetnsPath): Promise<Masquerade | undefined> {
  if (await restore(of, '-I', netns)) {
    return { tool: 'iptables', [Symbol.asyncDispose]: async () => void (await restore(of, '-D', netns)) };
  }
  const table = tableName(of.bridge);
  const rules = `table ip ${table} {
    chain postrouting { type nat hook postrouting priority 100; ip saddr ${of.subnet} oifname != "${of.bridge}" masquerade; }
  }`;
  if (!(await succeeds('nft', ['-f', '-'], netns, rules))) return undefined;
  return {
    tool: 'nft',
    [Symbol.asyncDispose]: async () => void (await succeeds('nft', ['delete', 'table', 'ip', table], netns)),
  };
}

/** Removes the rules that a daemon which was killed has left. */
export async function removeMasquerade(of: MasqueradedBridge, netns: NetnsPath): Promise<'removed' | 'none'> {
  const byIptables = await restore(of, '-D', netns);
  const byNft = await succeeds('nft', ['delete', 'table', 'ip', tableName(of.bridge)], netns);
  return byIptables || byNft ? 'removed' : 'none';
}

function tableName(bridge: string): string {
  return bridge.replace(/[^a-z0-9]/gi, '_');
}

/** Adds (`-I`) or removes (`-D`) all rules in one transaction of each table. */
async function restore({ bridge, subnet }: MasqueradedBridge, verb: '-I' | '-D', netns: NetnsPath): Promise<boolean> {
  const input = `*nat
${verb} POSTROUTING -s ${subnet} ! -o ${bridge} -j MASQUERADE
COMMIT
*filter
${verb} FORWARD -i ${bridge} -j ACCEPT
${verb} FORWARD -o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`;
  return succeeds('iptables-restore', ['--noflush', '--wait'], netns, input);
}

async function succeeds(program: string, args: readonly string[], netns: NetnsPath, input?: string): Promise<boolean> {
  const options = input === undefined ? {} : { input };
  try {
    const [first, ...rest] = netns === undefined ? [program, ...args] : ['nsenter', `--net=${netns}`, program, ...args];
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
