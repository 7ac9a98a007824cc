import { expect } from 'vitest';
import type { CommandResult } from './real-daemon.ts';

/** What a command has printed, trimmed, where it has succeeded; else the test fails with what it said. */
export function okay({ code, stdout, stderr }: CommandResult): string {
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}
