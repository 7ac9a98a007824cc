import type { Engine } from './engine.ts';

/** One floor of the engine: which driver it got, why, and what was tried. */
export interface DoctorRow {
  readonly floor: 'sandbox' | 'storage' | 'network' | 'standing';
  readonly choice: string;
  readonly reason: string;
  /** What else was tried, or what is missing. */
  readonly notes: readonly string[];
}

/** `GET /lapstrake/doctor`. */
export interface DoctorReport {
  readonly rows: readonly DoctorRow[];
  readonly root: string;
}

/** Says which drivers this machine gets, why, and what would add more. */
export async function doctorReport(engine: Engine): Promise<DoctorReport> {
  const abilities = await engine.networks.abilities();
  const { probe, tried, driver } = engine.sandbox;
  const lacking = Object.entries(probe.features).flatMap(([name, has]) => (has ? [] : [`without ${name}`]));
  return {
    root: engine.options.root,
    rows: [
      { floor: 'standing', choice: engine.options.standing, reason: standingReason(engine), notes: [] },
      {
        floor: 'sandbox',
        choice: tried.at(-1)?.label ?? driver.name,
        reason: probe.reason,
        notes: [...tried.slice(0, -1).map((each) => `${each.label}: ${each.probe.reason}`), ...lacking],
      },
      {
        floor: 'storage',
        choice: engine.snapshots.snapshotter.name,
        reason: engine.snapshots.reason,
        notes: engine.snapshots.warnings,
      },
      {
        floor: 'network',
        choice: abilities.bridge ? 'bridge' : 'host',
        reason:
          abilities.reasons[0] ??
          (abilities.outbound ? 'containers reach the world outside' : 'containers reach each other only'),
        notes: abilities.reasons.slice(1),
      },
    ],
  };
}

function standingReason(engine: Engine): string {
  switch (engine.options.standing) {
    case 'root':
      return 'started by root, with mounts of its own';
    case 'rootless':
      return 'started by an ordinary user, as root of a user namespace';
    case 'rootless-single-id':
      return 'started by an ordinary user, with one user id only: newuidmap is missing';
    case 'bare':
      return 'no namespaces are allowed here';
  }
}
