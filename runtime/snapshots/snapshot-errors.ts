import { conflict, notFound } from '../errors.ts';

export function missing(name: string): Error {
  return notFound({ code: 'snapshot-missing', message: `there is no snapshot ${name}`, subject: name });
}

export function taken(key: string): Error {
  return conflict({ code: 'snapshot-key-taken', message: `there is a snapshot ${key} already`, subject: key });
}

export function inUse(chain: string, by: string): Error {
  return conflict({
    code: 'snapshot-in-use',
    message: `layer ${chain} is in use by ${by}: remove that first`,
    subject: chain,
  });
}
