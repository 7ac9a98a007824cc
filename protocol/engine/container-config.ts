import * as z from 'zod/mini';
import {
  command,
  field,
  flag,
  optionalFlag,
  optionalInteger,
  optionalText,
  optionalTexts,
  text,
  textMap,
  textSet,
  texts,
} from './fields.ts';

/** How a container's health is tested (`Healthcheck`); durations in nanoseconds. */
const Healthcheck = z.object({
  Test: optionalTexts,
  Interval: optionalInteger,
  Timeout: optionalInteger,
  StartPeriod: optionalInteger,
  StartInterval: optionalInteger,
  Retries: optionalInteger,
});

/** What runs in a container, apart from the host it runs on (`Config` of Docker's API; the body of create and commit). */
export const ContainerConfigFields = {
  Hostname: text,
  Domainname: text,
  User: text,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: textSet,
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: texts,
  Cmd: command,
  Entrypoint: command,
  Image: text,
  Volumes: textSet,
  WorkingDir: text,
  Labels: textMap,
  StopSignal: optionalText,
  StopTimeout: optionalInteger,
  Shell: optionalTexts,
  OnBuild: optionalTexts,
  MacAddress: text,
  NetworkDisabled: optionalFlag,
  Healthcheck: field(Healthcheck, undefined),
};

export const ContainerConfig = z.object(ContainerConfigFields);
export type ContainerConfig = z.output<typeof ContainerConfig>;
