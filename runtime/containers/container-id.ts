import { randomBytes } from 'node:crypto';

declare const brand: unique symbol;

/** 64 lower-case hex digits. */
export type ContainerId = string & { readonly [brand]: 'ContainerId' };

/** Makes up an ID whose beginning is not a number alone, so that it serves as a host name. */
export function newContainerId(): ContainerId {
  for (;;) {
    const id = randomBytes(32).toString('hex');
    if (/\D/.test(id.slice(0, 12))) return id as ContainerId;
  }
}

/** Gives the ID that `text` spells, or undefined where it spells none. */
export function parseContainerId(text: string): ContainerId | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? (text as ContainerId) : undefined;
}

/** The 12 digits that Docker prints. */
export function shortContainerId(id: string): string {
  return id.slice(0, 12);
}
