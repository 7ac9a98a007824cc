import type { RunInstruction } from '../dockerfile/instructions.ts';

/** Where a RUN's mounts of type cache or tmpfs are: what is written there does not come into the layer. */
export function throwawayTargets({ mounts }: RunInstruction): string[] {
  return mounts.flatMap(({ fields }) => {
    const fieldOf = (...names: string[]): string =>
      fields.find(({ key }) => names.includes(key.text.toLowerCase()))?.value?.text ?? '';
    return /^(?:cache|tmpfs)$/.test(fieldOf('type')) ? [fieldOf('target', 'dst', 'destination')] : [];
  });
}

/** Whether one of those mounts is at a path that holds a part, or above it. */
export function isMounted(run: RunInstruction, part: string): boolean {
  return throwawayTargets(run).some((target) => target.includes(part) || isAbove(target, part));
}

function isAbove(target: string, path: string): boolean {
  const folder = target.replace(/\/+$/, '');
  return folder !== '' && path.startsWith(`${folder}/`);
}
