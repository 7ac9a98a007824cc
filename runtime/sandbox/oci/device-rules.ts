import type { HostDevice } from '../host-devices.ts';
import type { DeviceRule, SandboxSpec } from '../sandbox.ts';

/** What the device controller lets through: Docker's default list and the wanted devices. */
export function deviceRules(
  privileged: boolean,
  wanted: SandboxSpec['devices'],
  found: readonly HostDevice[],
): DeviceRule[] {
  if (privileged) return [{ allow: true, access: 'rwm' }];
  const character = (major: number, minor: number | undefined, access = 'rwm'): DeviceRule => ({
    allow: true,
    type: 'c',
    major,
    ...(minor === undefined ? {} : { minor }),
    access,
  });
  return [
    { allow: false, access: 'rwm' },
    // Any node may be made, none but these may be opened.
    { allow: true, type: 'c', access: 'm' },
    { allow: true, type: 'b', access: 'm' },
    character(1, 3),
    character(1, 5),
    character(1, 7),
    character(1, 8),
    character(1, 9),
    character(5, 0),
    character(5, 1),
    character(5, 2),
    character(136, undefined),
    ...wanted.flatMap(({ pathInContainer, permissions }): DeviceRule[] => {
      const device = found.find((each) => each.pathInContainer === pathInContainer);
      if (device === undefined) return [];
      return [
        { allow: true, type: device.type, major: device.major, minor: device.minor, access: permissions || 'rwm' },
      ];
    }),
  ];
}
