import type { RunConfig } from '../../core/image/config.ts';
import type { ContainerConfig } from '../../protocol/engine/container-config.ts';
import { invalid } from '../errors.ts';
import { mergeHealthcheck } from './healthcheck.ts';

/** What runs in a container: what the user says, over what the image says (as Docker merges them). */
export function mergeConfig(wanted: ContainerConfig, image: RunConfig): ContainerConfig {
  // An entrypoint of one's own does without the image's command; an empty word takes the image's entrypoint away.
  const ownEntrypoint = wanted.Entrypoint !== undefined && wanted.Entrypoint.length > 0;
  const cleared = wanted.Entrypoint?.length === 1 && wanted.Entrypoint[0] === '';
  const hasCmd = wanted.Cmd !== undefined && wanted.Cmd.length > 0;
  const merged: ContainerConfig = {
    ...wanted,
    User: wanted.User || image.User,
    Env: mergeEnv(image.Env, wanted.Env),
    Entrypoint: cleared ? undefined : ownEntrypoint ? wanted.Entrypoint : copy(image.Entrypoint),
    Cmd: hasCmd ? wanted.Cmd : ownEntrypoint ? wanted.Cmd : copy(image.Cmd),
    WorkingDir: wanted.WorkingDir || image.WorkingDir,
    ExposedPorts: { ...image.ExposedPorts, ...wanted.ExposedPorts },
    Volumes: { ...image.Volumes, ...wanted.Volumes },
    Labels: { ...image.Labels, ...wanted.Labels },
    StopSignal: wanted.StopSignal || image.StopSignal,
    StopTimeout: wanted.StopTimeout ?? image.StopTimeout,
    Shell: wanted.Shell ?? copy(image.Shell),
    Healthcheck: mergeHealthcheck(wanted.Healthcheck, image.Healthcheck),
  };
  const nameless = wanted.Env.find((variable) => /^(=|$)/.test(variable));
  if (nameless !== undefined) {
    throw invalid({ code: 'env-nameless', message: `invalid environment variable: ${nameless}`, subject: nameless });
  }
  if (commandLine(merged).length === 0) {
    throw invalid({ code: 'no-command', message: 'No command specified', subject: wanted.Image });
  }
  if (merged.WorkingDir !== '' && !merged.WorkingDir.startsWith('/')) {
    throw invalid({
      code: 'working-dir-relative',
      message: `the working directory '${merged.WorkingDir}' is invalid, it needs to be an absolute path`,
      subject: merged.WorkingDir,
    });
  }
  return merged;
}

/** The program and its arguments. */
export function commandLine(config: ContainerConfig): string[] {
  return [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
}

/** Variables of `over` replace those of `base` with the same name; a name alone is kept, and takes one away from a process. */
export function mergeEnv(base: readonly string[], over: readonly string[]): string[] {
  const name = (variable: string): string => variable.split('=', 1)[0]!;
  const replaced = new Set(over.map(name));
  return [...base.filter((variable) => !replaced.has(name(variable))), ...over];
}

function copy(words: readonly string[] | undefined): string[] | undefined {
  return words === undefined ? undefined : [...words];
}
