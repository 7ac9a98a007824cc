/**
 * Things to be undone, in reverse order, at the end of a scope. All are tried, even where one fails; the first failure
 * is thrown then.
 */
export class Cleanup implements AsyncDisposable {
  readonly #undo: (() => void | PromiseLike<void>)[] = [];

  defer(undo: () => void | PromiseLike<void>): void {
    this.#undo.push(undo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }
}
