import { invalid } from '../errors.ts';

const DEFAULT = 'ctrl-p,ctrl-q';

/** The bytes that `ctrl-p,ctrl-q` or `a,ctrl-x` spell; Docker's own where empty. Error: EngineError `invalid`. */
export function parseDetachKeys(text: string): Buffer {
  return Buffer.from(
    (text || DEFAULT).split(',').map((key) => {
      if (/^ctrl-[a-z@[\\\]^_]$/.test(key)) return key.toUpperCase().charCodeAt(5) & 0x1f;
      if (key.length === 1) return key.charCodeAt(0);
      throw invalid({ code: 'detach-keys-invalid', message: `Invalid detach keys (${text}) provided`, subject: text });
    }),
  );
}

/** Looks for a sequence of keys in what is typed; keys of a sequence that does not come to its end are passed on. */
export class DetachScanner {
  #matched = 0;

  constructor(private readonly keys: Buffer) {}

  /** What to pass on, and whether the sequence is complete. */
  push(chunk: Buffer): { readonly pass: Buffer; readonly detached: boolean } {
    const out: number[] = [];
    for (const byte of chunk) {
      if (byte === this.keys[this.#matched]) {
        this.#matched += 1;
        if (this.#matched === this.keys.length) return { pass: Buffer.from(out), detached: true };
        continue;
      }
      out.push(...this.keys.subarray(0, this.#matched));
      this.#matched = byte === this.keys[0] ? 1 : 0;
      if (this.#matched === 0) out.push(byte);
    }
    return { pass: Buffer.from(out), detached: false };
  }
}
