import type { RunConfig } from '../../core/image/config.ts';
import type { ContainerConfig } from '../../protocol/engine/container-config.ts';
import { mergeEnv } from './merge-config.ts';

/** What of a container's config an image keeps. */
export function runConfigOf(config: ContainerConfig): RunConfig {
  const { Healthcheck: check } = config;
  return {
    User: config.User,
    ExposedPorts: config.ExposedPorts,
    Env: config.Env,
    Entrypoint: config.Entrypoint,
    Cmd: config.Cmd,
    Volumes: config.Volumes,
    WorkingDir: config.WorkingDir,
    Labels: config.Labels,
    StopSignal: config.StopSignal || undefined,
    StopTimeout: config.StopTimeout,
    Healthcheck: check,
    Shell: config.Shell,
    OnBuild: config.OnBuild ?? [],
    ArgsEscaped: undefined,
  };
}

/** Fills what a commit's config leaves open from the container's, as Docker does: lists and maps are joined, the rest is taken where nothing is said. */
export function mergeCommitted(config: RunConfig, own: RunConfig): RunConfig {
  const hasEntrypoint = (config.Entrypoint?.length ?? 0) > 0;
  const hasCmd = (config.Cmd?.length ?? 0) > 0;
  return {
    ...config,
    User: config.User || own.User,
    ExposedPorts: { ...own.ExposedPorts, ...config.ExposedPorts },
    Env: mergeEnv(own.Env, config.Env),
    // A new entrypoint does without the old command.
    Entrypoint: hasEntrypoint ? config.Entrypoint : (config.Entrypoint ?? own.Entrypoint),
    Cmd: hasCmd || hasEntrypoint ? config.Cmd : own.Cmd,
    Volumes: { ...own.Volumes, ...config.Volumes },
    WorkingDir: config.WorkingDir || own.WorkingDir,
    Labels: { ...own.Labels, ...config.Labels },
    StopSignal: config.StopSignal ?? own.StopSignal,
    Healthcheck: config.Healthcheck ?? own.Healthcheck,
  };
}
