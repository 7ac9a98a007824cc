/**
 * BuildKit marks what it made, and the one of this dockerd is old: since then it prints ports as a list, in the order in
 * which they are written, the interval at the start in a health check, and the values that ARGs have.
 */
export function asNewer(createdBy: string): string {
  return createdBy
    .replace(/ # buildkit$/, '')
    .replace(/^ARG .*$/, (args) => args.replace(/=\S*/g, ''))
    .replace(
      /^EXPOSE (?:map)?\[(.*)\]$/,
      (_, ports: string) => `EXPOSE ${ports.replaceAll(':{}', '').split(' ').sort().join(' ')}`,
    )
    .replace(/^(HEALTHCHECK &\{\[.*\] "\S+" "\S+" "\S+")(?: "0s")?( '.*'\})$/, '$1$2');
}
