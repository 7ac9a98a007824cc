import type { Writable } from 'node:stream';
import type { Arguments } from './arguments.ts';
import { print } from './command.ts';
import { formatTable } from './table.ts';
import { UsageError } from './usage-error.ts';

/** The option of every command that prints a list. */
export const FORMAT_OPTION = { format: { type: 'string' } } as const;
export const FORMAT_HELP = { format: 'table (default) or json, one value a line' };

/** A list: what people read, and what programs read. */
export interface Listing {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** One for each row, or for each value worth a line. */
  readonly values: readonly unknown[];
}

/** Whether JSON is wanted. Error: UsageError for any other format. */
export function wantsJson(args: Arguments): boolean {
  const format = args.text('format') ?? 'table';
  if (format === 'json') return true;
  if (format === 'table') return false;
  throw new UsageError(`--format is table or json, not '${format}'`);
}

/** Prints a list as a table or as JSON lines. */
export function printListing(out: Writable, listing: Listing, json: boolean): void {
  if (json) for (const value of listing.values) print(out, JSON.stringify(value));
  else print(out, formatTable(listing.header, listing.rows));
}
