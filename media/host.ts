/** What VS Code gives a webview's script. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The page's side of the conversation with the extension; `In` and `Out` are unions of `protocol/webviews.ts`. */
export class Host<In, Out> {
  readonly #api = acquireVsCodeApi();

  /** Calls back for each message of the extension. */
  listen(onMessage: (message: In) => void): void {
    window.addEventListener('message', (event: MessageEvent<In>) => onMessage(event.data));
  }

  send(message: Out): void {
    this.#api.postMessage(message);
  }

  /** Keeps what the page needs to come back after the window was reloaded. */
  remember(state: object): void {
    this.#api.setState(state);
  }

  recall(): unknown {
    return this.#api.getState();
  }
}
