import { invalid } from '../errors.ts';
import type { DeviceRule } from '../sandbox/sandbox.ts';

/** Reads `c 7:* rwm` (`--device-cgroup-rule`). Error: EngineError `invalid`, in dockerd's words. */
export function parseDeviceRule(text: string): DeviceRule {
  const [, type, major, minor, access] = /^([acb]) (\d{1,7}|\*):(\d{1,7}|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  if (type === undefined || access === undefined) {
    throw invalid({ code: 'device-rule', message: `invalid device cgroup rule format: '${text}'`, subject: text });
  }
  const number = (word: string | undefined): number | undefined => (word === '*' ? undefined : Number(word));
  return { allow: true, type: type as 'a' | 'b' | 'c', major: number(major), minor: number(minor), access };
}
