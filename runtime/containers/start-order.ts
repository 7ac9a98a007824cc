import type { Container } from './container.ts';
import { parseLink } from './links.ts';

/** Starts containers at the same time, but each after those whose namespaces it joins, or to which it is linked. */
export async function startInOrder(
  containers: readonly Container[],
  start: (container: Container) => Promise<void>,
): Promise<void> {
  const started = new Map<Container, Promise<void>>();
  const begin = (container: Container, before: readonly Container[]): Promise<void> => {
    const known = started.get(container);
    if (known !== undefined) return known;
    const path = [...before, container];
    const needed = containers.filter((other) => !path.includes(other) && needs(container, other));
    const done = Promise.all(needed.map((other) => begin(other, path))).then(() => start(container));
    started.set(container, done);
    return done;
  };
  await Promise.all(containers.map((container) => begin(container, [])));
}

function needs({ record: { hostConfig } }: Container, { id, name }: Container): boolean {
  const modes = [hostConfig.NetworkMode, hostConfig.IpcMode, hostConfig.PidMode];
  const joined = modes.filter((mode) => mode.startsWith('container:')).map((mode) => mode.slice('container:'.length));
  const linked = hostConfig.Links.map((link) => parseLink(link).name);
  return [...joined, ...linked].some((other) => other === name || (other !== '' && id.startsWith(other)));
}
