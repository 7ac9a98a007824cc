import * as z from 'zod/mini';
import { ContainerConfigFields } from './container-config.ts';
import { field, integer, text, textMap, texts } from './fields.ts';
import { HostConfig } from './host-config.ts';

/** What a container asks of one network at create (`EndpointSettings`). */
export const EndpointRequest = z.object({
  IPAMConfig: field(z.object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: texts }), undefined),
  Links: texts,
  DriverOpts: textMap,
  Aliases: texts,
  MacAddress: text,
  /** The higher one's network has the default route. */
  GwPriority: integer,
});
export type EndpointRequest = z.output<typeof EndpointRequest>;

/** Asks for nothing but to be on the network. */
export const PLAIN_ENDPOINT = z.parse(EndpointRequest, {});

const emptyHostConfig = z.parse(HostConfig, {});

/** Body of `POST /containers/create`. */
export const ContainerCreate = z.object({
  ...ContainerConfigFields,
  HostConfig: field(HostConfig, emptyHostConfig),
  NetworkingConfig: field(z.object({ EndpointsConfig: field(z.record(z.string(), z.nullable(EndpointRequest)), {}) }), {
    EndpointsConfig: {},
  }),
});
export type ContainerCreate = z.output<typeof ContainerCreate>;
