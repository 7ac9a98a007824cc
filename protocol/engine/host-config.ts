import * as z from 'zod/mini';
import { field, flag, integer, optionalFlag, optionalInteger, text, textMap, texts } from './fields.ts';

/** One address of the host that a port is bound to; `HostPort` may be empty (any free port) or a range. */
const PortBinding = z.object({ HostIp: text, HostPort: text });

/** `--mount`. */
const Mount = z.object({
  Type: text,
  Source: text,
  Target: text,
  ReadOnly: flag,
  BindOptions: field(
    z.object({
      Propagation: text,
      NonRecursive: flag,
      CreateMountpoint: flag,
      ReadOnlyNonRecursive: optionalFlag,
      ReadOnlyForceRecursive: optionalFlag,
    }),
    undefined,
  ),
  VolumeOptions: field(
    z.object({
      NoCopy: flag,
      Subpath: text,
      Labels: textMap,
      DriverConfig: field(z.object({ Name: text, Options: textMap }), undefined),
    }),
    undefined,
  ),
  ImageOptions: field(z.object({ Subpath: text }), undefined),
  TmpfsOptions: field(
    z.object({ SizeBytes: integer, Mode: integer, Options: field(z.array(z.array(z.string())), undefined) }),
    undefined,
  ),
});

const RestartPolicy = z.object({ Name: text, MaximumRetryCount: integer });
const LogConfig = z.object({ Type: text, Config: textMap });
const Device = z.object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text });
/** Shares of devices' time. */
const weights = field(z.array(z.object({ Path: text, Weight: integer })), []);
/** Bytes or operations a second by device. */
const throttles = field(z.array(z.object({ Path: text, Rate: integer })), []);
/** `--gpus`. */
const DeviceRequest = z.object({
  Driver: text,
  Count: integer,
  DeviceIDs: texts,
  Capabilities: field(z.array(z.array(z.string())), []),
  Options: textMap,
});
const Ulimit = z.object({ Name: text, Soft: integer, Hard: integer });

/** What a container gets from its host (`HostConfig` of Docker's API). Zero, empty and null all mean: not set. */
export const HostConfig = z.object({
  Binds: texts,
  Mounts: field(z.array(Mount), []),
  Tmpfs: textMap,
  VolumesFrom: texts,
  VolumeDriver: text,
  ContainerIDFile: text,
  LogConfig: field(LogConfig, { Type: '', Config: {} }),
  NetworkMode: text,
  PortBindings: field(z.record(z.string(), z.nullable(z.array(PortBinding))), {}),
  PublishAllPorts: flag,
  RestartPolicy: field(RestartPolicy, { Name: '', MaximumRetryCount: 0 }),
  AutoRemove: flag,
  CapAdd: texts,
  CapDrop: texts,
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  Links: texts,
  IpcMode: text,
  PidMode: text,
  UTSMode: text,
  UsernsMode: text,
  CgroupnsMode: text,
  OomScoreAdj: integer,
  Privileged: flag,
  ReadonlyRootfs: flag,
  SecurityOpt: texts,
  ShmSize: integer,
  Sysctls: textMap,
  Init: optionalFlag,
  Runtime: text,
  ConsoleSize: field(z.array(z.number()), [0, 0]),
  CgroupParent: text,
  CpuShares: integer,
  CpuPeriod: integer,
  CpuQuota: integer,
  NanoCpus: integer,
  CpusetCpus: text,
  CpusetMems: text,
  Memory: integer,
  MemoryReservation: integer,
  MemorySwap: integer,
  MemorySwappiness: optionalInteger,
  OomKillDisable: optionalFlag,
  PidsLimit: integer,
  BlkioWeight: integer,
  BlkioWeightDevice: weights,
  BlkioDeviceReadBps: throttles,
  BlkioDeviceWriteBps: throttles,
  BlkioDeviceReadIOps: throttles,
  BlkioDeviceWriteIOps: throttles,
  KernelMemory: integer,
  CpuRealtimePeriod: integer,
  CpuRealtimeRuntime: integer,
  Isolation: text,
  StorageOpt: textMap,
  DeviceRequests: field(z.array(DeviceRequest), []),
  DeviceCgroupRules: texts,
  Annotations: textMap,
  Devices: field(z.array(Device), []),
  Ulimits: field(z.array(Ulimit), []),
  MaskedPaths: field(z.array(z.string()), undefined),
  ReadonlyPaths: field(z.array(z.string()), undefined),
});
export type HostConfig = z.output<typeof HostConfig>;

/** Body of `POST /containers/{id}/update`: limits and the restart policy; what is not set stays. */
export const ContainerUpdate = z.object({
  BlkioWeight: integer,
  CpuRealtimePeriod: integer,
  CpuRealtimeRuntime: integer,
  KernelMemory: integer,
  MemoryReservation: integer,
  CpuShares: integer,
  CpuPeriod: integer,
  CpuQuota: integer,
  NanoCpus: integer,
  CpusetCpus: text,
  CpusetMems: text,
  Memory: integer,
  MemorySwap: integer,
  PidsLimit: integer,
  RestartPolicy: field(RestartPolicy, { Name: '', MaximumRetryCount: 0 }),
});
export type ContainerUpdate = z.output<typeof ContainerUpdate>;
