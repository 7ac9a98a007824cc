import { invalid } from '../errors.ts';
import { CAPABILITIES, DEFAULT_CAPABILITIES } from '../sandbox/capabilities.ts';

/** The capabilities of a container: Docker's own set, with `--cap-add` and `--cap-drop` applied. */
export function capabilitySet(add: readonly string[], drop: readonly string[], privileged: boolean): string[] {
  if (privileged) return [...CAPABILITIES];
  const added = add.map((name) => parse(name, 'CapAdd'));
  const dropped = drop.map((name) => parse(name, 'CapDrop'));
  const base = added.includes('ALL') ? CAPABILITIES : dropped.includes('ALL') ? [] : DEFAULT_CAPABILITIES;
  const set = new Set<string>(base.filter((name) => !dropped.includes(name)));
  for (const name of added) if (name !== 'ALL') set.add(name);
  return CAPABILITIES.filter((name) => set.has(name));
}

function parse(text: string, field: string): string {
  const upper = text.toUpperCase();
  if (upper === 'ALL' || upper === 'CAP_ALL') return 'ALL';
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if ((CAPABILITIES as readonly string[]).includes(name)) return name;
  throw invalid({
    code: 'capability-unknown',
    message: `invalid ${field}: unknown capability: "${name}"`,
    subject: text,
  });
}
