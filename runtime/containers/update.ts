import * as z from 'zod/mini';
import type { ContainerUpdate } from '../../protocol/engine/host-config.ts';
import { HostConfig } from '../../protocol/engine/host-config.ts';
import { invalid } from '../errors.ts';
import { announce } from './announce.ts';
import type { Container } from './container.ts';
import type { Floor } from './floor.ts';
import { refuseRestartPolicy } from './host-config.ts';
import { checkLimits, honouredLimits } from './limits.ts';

/** Of a container that nothing is asked for. */
const NO_WISHES = z.parse(HostConfig, {});

/**
 * Changes limits and the restart policy of a container, while it runs too (`POST /containers/{id}/update`). Gives Docker's
 * warnings. Error: EngineError `invalid`.
 */
export async function updateContainer(
  floor: Floor,
  container: Container,
  change: ContainerUpdate,
): Promise<readonly string[]> {
  const old = container.record.hostConfig;
  const set = Object.entries(change).filter(([, value]) => typeof value !== 'object' && value !== 0 && value !== '');
  const hostConfig = { ...old, ...Object.fromEntries(set) };
  refuseRestartPolicy(change.RestartPolicy);
  if (old.AutoRemove && !/^(no)?$/.test(change.RestartPolicy.Name)) {
    throw invalid({
      code: 'restart-and-remove',
      message: 'Restart policy cannot be updated because AutoRemove is enabled for the container',
      subject: container.id,
    });
  }
  if (change.RestartPolicy.Name !== '') hostConfig.RestartPolicy = change.RestartPolicy;
  if (floor.features.swapLimit && change.MemorySwap === 0 && change.Memory > old.MemorySwap) {
    throw invalid({
      code: 'limit-invalid',
      message:
        'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    });
  }
  const { limits } = checkLimits(hostConfig, floor.features, floor);
  if (container.run !== undefined) await floor.sandbox.update(container.id, limits);
  await container.update({ hostConfig });
  announce(floor.events, container, 'update');
  // Of the others the answer to create has told.
  return honouredLimits({ ...NO_WISHES, ...change }, floor.features).warnings;
}
