/** The last part of an image's name, fit to name a container: `ghcr.io/me/Web:1` gives `web`. */
export function containerNameFor(reference: string): string {
  const last = reference.replace(/@.*$/, '').split('/').at(-1)?.split(':')[0] ?? '';
  const name = last
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return name.length > 1 ? name : 'container';
}

/** The name, or the name with the first number that is not taken: `web`, `web-2`, `web-3`… */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let number = 2; ; number++) {
    if (!taken.has(`${wanted}-${number}`)) return `${wanted}-${number}`;
  }
}
