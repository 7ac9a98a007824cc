import type { MountFlag, RunInstruction } from '../dockerfile/instructions.ts';

/** Where a RUN's mounts of type cache or tmpfs are: what is written there does not come into the layer. */
export function throwawayTargets({ mounts }: RunInstruction): string[] {
  return mounts.flatMap((mount) => (/^(?:cache|tmpfs)$/.test(fieldOf(mount, 'type')) ? [targetOf(mount)] : []));
}

/** Where all of a RUN's mounts are: what lies there is in no layer. */
export function mountTargets({ mounts }: RunInstruction): string[] {
  return mounts.map(targetOf).filter((target) => target !== '');
}

function targetOf(mount: MountFlag): string {
  return fieldOf(mount, 'target', 'dst', 'destination');
}

function fieldOf({ fields }: MountFlag, ...names: readonly string[]): string {
  return fields.find(({ key }) => names.includes(key.text.toLowerCase()))?.value?.text ?? '';
}

/** Whether one of those mounts is at a path that holds a part, or above it; a part such as `.cache/pip` lies in any folder. */
export function isMounted(run: RunInstruction, part: string): boolean {
  return throwawayTargets(run).some((target) => target.includes(part) || isAbove(target, part));
}

function isAbove(target: string, path: string): boolean {
  const folder = target.replace(/\/+$/, '');
  if (folder === '') return false;
  if (path.startsWith('/')) return path.startsWith(`${folder}/`);
  return path.startsWith(`${folder.slice(folder.lastIndexOf('/') + 1)}/`);
}
