import * as z from 'zod/mini';
import { EndpointRequest } from './container-create.ts';
import { field, flag, text, textMap } from './fields.ts';

/** Body of `POST /networks/create`. */
export const NetworkCreate = z.object({
  Name: text,
  Driver: text,
  EnableIPv4: field(z.boolean(), true),
  EnableIPv6: flag,
  Internal: flag,
  Attachable: flag,
  Ingress: flag,
  ConfigOnly: flag,
  ConfigFrom: field(z.object({ Network: text }), { Network: '' }),
  Scope: text,
  Labels: textMap,
  Options: textMap,
  IPAM: field(
    z.object({
      Driver: text,
      Options: field(z.record(z.string(), z.string()), undefined),
      Config: field(z.array(z.object({ Subnet: text, IPRange: text, Gateway: text, AuxiliaryAddresses: textMap })), []),
    }),
    {
      Driver: '',
      Options: undefined,
      Config: [],
    },
  ),
});
export type NetworkCreate = z.output<typeof NetworkCreate>;

/** Body of `POST /networks/{id}/connect`. */
export const NetworkConnect = z.object({ Container: text, EndpointConfig: field(EndpointRequest, undefined) });
/** Body of `POST /networks/{id}/disconnect`. */
export const NetworkDisconnect = z.object({ Container: text, Force: flag });
