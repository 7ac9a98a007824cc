import { setFlagsFromString } from 'node:v8';

// How much bytecode of a function runs before V8 looks at whether to optimise it: V8's own number in Node.js 20, and several times that.
const USUAL = 135_168;
const LATE = 500_000;

/** Has V8 optimise as it does by itself. Code that is kept (`compiled-code.ts`) must have been compiled under the same flags. */
export function optimiseAsUsual(): void {
  setFlagsFromString(`--interrupt-budget=${USUAL}`);
}

/** Has V8 optimise later. While a first document is read, what it optimises at once costs more than it brings: a third of the time. */
export function optimiseLate(): void {
  setFlagsFromString(`--interrupt-budget=${LATE}`);
}
