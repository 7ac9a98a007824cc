// An editor for measuring: starts a language server, speaks LSP to it over its standard streams, and looks at the clock.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';

const CAPABILITIES = {
  textDocument: {
    publishDiagnostics: { versionSupport: true },
    // As VS Code says it.
    completion: {
      completionItem: { snippetSupport: true, documentationFormat: ['markdown'] },
      completionList: { itemDefaults: ['commitCharacters', 'editRange', 'insertTextFormat', 'insertTextMode', 'data'] },
    },
    semanticTokens: { requests: { full: { delta: true } }, tokenTypes: [], tokenModifiers: [], formats: ['relative'] },
  },
};

/** Rules that say nothing unless somebody asks for them, so that all are at work. */
const ALL_RULES = Object.fromEntries(['DL3057', 'DL1001', 'user-missing'].map((name) => [name, 'info']));

/** What no answer within this time means is that there is none. */
const PATIENCE_MS = 60_000;

/** One server, and the documents that are open in it. */
export class Editor {
  #versions = new Map();
  #listeners = new Set();
  #diagnosticCount = 0;
  #tellsTokenChanges = false;
  #tokens = new Map();

  /** @param {import('./language-servers.mjs').LanguageServer} server */
  constructor(server) {
    const { name, program, args = [], rules = ALL_RULES } = server;
    this.server = server;
    this.name = name;
    this.rules = rules;
    this.child = spawn(process.execPath, [program, '--stdio', ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.exited = once(this.child, 'exit');
    const reader = new StreamMessageReader(this.child.stdout);
    this.connection = createProtocolConnection(reader, new StreamMessageWriter(this.child.stdin));
    this.connection.onNotification('textDocument/publishDiagnostics', ({ uri, version, diagnostics }) => {
      const now = performance.now();
      this.#diagnosticCount = diagnostics.length;
      for (const listener of [...this.#listeners]) listener(uri, now, version);
    });
    this.connection.onUnhandledNotification(() => undefined);
    this.connection.listen();
  }

  /** How many diagnostics there were the last time. */
  get diagnosticCount() {
    return this.#diagnosticCount;
  }

  async start() {
    const { capabilities } = await this.connection.sendRequest('initialize', {
      processId: null,
      rootUri: null,
      capabilities: CAPABILITIES,
    });
    this.#tellsTokenChanges = capabilities.semanticTokensProvider?.full?.delta === true;
    await this.connection.sendNotification('initialized', {});
    const settings = { lapstrake: { lint: { rules: this.rules } } };
    await this.connection.sendNotification('workspace/didChangeConfiguration', { settings });
  }

  /** Milliseconds from opening a document until its first diagnostics are here. */
  open(uri, text) {
    this.#versions.set(uri, 1);
    return this.#untilDiagnostics(uri, 'textDocument/didOpen', {
      textDocument: { uri, languageId: 'dockerfile', version: 1, text },
    });
  }

  /** Milliseconds from a change until the first diagnostics after it are here. */
  change(uri, change) {
    return this.#untilDiagnostics(uri, 'textDocument/didChange', {
      textDocument: { uri, version: this.#next(uri) },
      contentChanges: [change],
    });
  }

  /** Changes a document, and gives the milliseconds until a request that is sent at once is answered; undefined without an answer. */
  async changeAndAsk(uri, change, method, params, take = () => undefined) {
    const textDocument = { uri, version: this.#next(uri) };
    const began = performance.now();
    await this.connection.sendNotification('textDocument/didChange', { textDocument, contentChanges: [change] });
    return this.#answered(began, this.connection.sendRequest(method, { textDocument: { uri }, ...params }), take);
  }

  /**
   * Changes a document, and gives the milliseconds until its semantic tokens are here: as VS Code asks, what differs from the last
   * ones, where the server tells that.
   */
  changeAndColour(uri, change) {
    const previousResultId = this.#tellsTokenChanges ? this.#tokens.get(uri) : undefined;
    const kind = previousResultId === undefined ? 'full' : 'full/delta';
    return this.changeAndAsk(uri, change, `textDocument/semanticTokens/${kind}`, { previousResultId }, (tokens) =>
      this.#tokens.set(uri, tokens?.resultId),
    );
  }

  /** Milliseconds until a request is answered that no server knows: what a message there and one back take by themselves. */
  async roundTrip() {
    const began = performance.now();
    await this.connection.sendRequest('bench/nothing').catch(() => undefined);
    return performance.now() - began;
  }

  /** Waits until nothing more was told for a while; gives the moment of the last diagnostics. */
  quiet(uri, pauseMs) {
    return new Promise((resolve) => {
      let last;
      const end = () => {
        this.#listeners.delete(listener);
        resolve(last);
      };
      let timer = setTimeout(end, pauseMs);
      const listener = (about, now) => {
        if (about !== uri) return;
        last = now;
        clearTimeout(timer);
        timer = setTimeout(end, pauseMs);
      };
      this.#listeners.add(listener);
    });
  }

  close(uri) {
    return this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  /** Resident memory in bytes. */
  async memory() {
    const status = await readFile(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * 1024;
  }

  /** Milliseconds for which a processor worked for the server since it was started. */
  async processorTime() {
    const tasks = `/proc/${this.child.pid}/task`;
    let nanoseconds = 0;
    for (const task of await readdir(tasks)) {
      // A thread may end while it is looked at.
      const figures = await readFile(`${tasks}/${task}/schedstat`, 'utf8').catch(() => '0');
      nanoseconds += Number(figures.split(' ')[0]);
    }
    return nanoseconds / 1e6;
  }

  async stop() {
    this.connection.dispose();
    this.child.kill('SIGKILL');
    await this.exited;
  }

  #next(uri) {
    const version = this.#versions.get(uri) + 1;
    this.#versions.set(uri, version);
    return version;
  }

  async #untilDiagnostics(uri, method, params) {
    const told = new Promise((resolve) => {
      const { version: wanted } = params.textDocument;
      const listener = (about, now, version = wanted) => {
        if (about !== uri || version < wanted) return;
        this.#listeners.delete(listener);
        resolve(now);
      };
      this.#listeners.add(listener);
    });
    const began = performance.now();
    await this.connection.sendNotification(method, params);
    return (await told) - began;
  }

  async #answered(began, request, take) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    const took = await Promise.race([
      request.then(
        (answer) => {
          const took = performance.now() - began;
          take(answer);
          return took;
        },
        () => undefined,
      ),
      late,
    ]);
    clearTimeout(timer);
    return took;
  }
}
