import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import type { CommandResult, RealDaemon } from '../engine/real-daemon.ts';
import { type Activity, chooseActivity } from './activities.ts';
import type { FaultGround } from './ground.ts';
import { type Listing, leftByDead, listImages } from './listing.ts';
import type { Random } from './random.ts';
import { complaintsAbout } from './wholeness.ts';

/** What a run of kills saw: rounds by what was at work, and how many of them were cut off. */
export interface KillRun {
  readonly rounds: ReadonlyMap<string, { all: number; cutOff: number }>;
  /** Lines by which daemons said at their start what they had cleaned. */
  readonly cleaned: readonly string[];
}

interface Attempt {
  readonly activity: Activity;
  /** Undefined where the daemon died before it was done. */
  readonly result: CommandResult | undefined;
}

/**
 * Kills the daemon `kills` times during random activities, one or two at a time, and holds after each restart that what
 * was reported as done is there and whole, that all else is as it was or as it was to be, and that nothing is left over.
 */
export async function killAgainAndAgain(
  daemon: RealDaemon,
  ground: FaultGround,
  random: Random,
  kills: number,
): Promise<KillRun> {
  const rounds = new Map<string, { all: number; cutOff: number }>();
  const cleaned: string[] = [];
  const usual = new Map<string, number>();
  let before = await listImages(daemon);
  for (let round = 0; round < kills; round++) {
    const activities = Array.from({ length: 1 + random.below(2) }, () => chooseActivity(ground, random));
    const attempts = await killDuring(daemon, activities, random, usual);
    cleaned.push(
      ...daemon
        .log()
        .split('\n')
        .filter((line) => /removed|ending|unmounted/.test(line)),
    );
    const after = await listImages(daemon);
    const what = `round ${round}: ${attempts.map(({ activity, result }) => `${activity.name} (${String(result?.code)})`)}`;
    const complaints = [
      ...changesNotAllowed(before, after, attempts),
      ...(await complaintsAbout(daemon.root, after.ids)),
      ...(await leftByDead(daemon)),
    ];
    expect({ what, complaints, log: complaints.length > 0 ? daemon.log() : '' }).toEqual({
      what,
      complaints: [],
      log: '',
    });
    for (const { activity, result } of attempts) {
      const counts = rounds.get(activity.name) ?? { all: 0, cutOff: 0 };
      counts.all++;
      if (result === undefined) counts.cutOff++;
      rounds.set(activity.name, counts);
    }
    before = after;
  }
  return { rounds, cleaned };
}

async function killDuring(
  daemon: RealDaemon,
  activities: readonly Activity[],
  random: Random,
  usual: Map<string, number>,
): Promise<Attempt[]> {
  const began = performance.now();
  let killed = false;
  const running = activities.map(async (activity): Promise<Attempt> => {
    const result = await activity.run(daemon);
    if (killed) return { activity, result: undefined };
    const took = performance.now() - began;
    usual.set(activity.name, ((usual.get(activity.name) ?? activity.usual) + took) / 2);
    return { activity, result };
  });
  const longest = Math.max(...activities.map(({ name, usual: guess }) => usual.get(name) ?? guess));
  // Now and then right after the end: what was reported as done must not need another moment.
  if (random.below(8) === 0) await Promise.all(running);
  else await Promise.race([setTimeout(random.below(Math.ceil(longest * 1.1))), Promise.all(running)]);
  killed = true;
  daemon.forgetLog();
  await daemon.restart('SIGKILL', async () => {
    await Promise.all(running);
  });
  return Promise.all(running);
}

/** Names that changed though nothing touched them, or that are not what was reported. */
function changesNotAllowed(before: Listing, after: Listing, attempts: readonly Attempt[]): string[] {
  const complaints: string[] = [];
  const references = new Set([...before.named.keys(), ...after.named.keys()]);
  for (const { activity, result } of attempts) {
    if (result !== undefined && result.code !== 0 && activity.makes === 'present' && attempts.length === 1) {
      complaints.push(`${activity.name} failed: ${result.stderr}`);
    }
    if (activity.touches !== 'all') for (const each of activity.touches) references.add(each);
  }
  for (const reference of references) {
    const touching = attempts.filter(({ activity }) => touches(activity, reference));
    const was = before.named.get(reference);
    const is = after.named.get(reference);
    if (touching.length === 0 && is !== was) complaints.push(`${reference} was ${was} and is ${is}`);
    const [only] = touching;
    if (touching.length !== 1 || only === undefined) continue;
    const { activity, result } = only;
    const isDone = result?.code === 0;
    if (isDone && activity.makes === 'present' && is === undefined) complaints.push(`${reference} is lost`);
    if (activity.makes === 'absent' && is !== undefined && is !== was) complaints.push(`${reference} became ${is}`);
    if (isDone && activity.makes === 'absent' && activity.touches !== 'all' && is !== undefined) {
      complaints.push(`${reference} is there again`);
    }
    if (!isDone && activity.makes === 'present' && was !== undefined && is === undefined) {
      complaints.push(`${reference} was ${was} and is gone`);
    }
    const printed = /sha256:[0-9a-f]{64}/.exec(result?.stdout ?? '')?.[0];
    if (isDone && ['build', 'commit'].includes(activity.name) && printed !== is) {
      complaints.push(`${reference} is ${is}, but was reported as ${printed}`);
    }
  }
  return complaints;
}

function touches({ touches }: Activity, reference: string): boolean {
  return touches === 'all' || touches.includes(reference);
}
