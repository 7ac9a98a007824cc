import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { defaultAddress, type EngineAddress } from '../../protocol/engine-address.ts';
import { type LaunchOptions, launch } from './launch.ts';
import type { EngineSource } from './session.ts';
import { type EngineTarget, parseTarget } from './target.ts';

/** Reads where the engine is and how our own is started from the settings, each time anew. */
export class EngineSettings implements EngineSource {
  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  target(): EngineTarget {
    const own = this.#address();
    const host = read('engine.host', '');
    const parsed = parseTarget(host, own);
    if ('target' in parsed) return parsed.target;
    this.log.error(`Setting lapstrake.engine.host: ${parsed.problem}`);
    return { kind: 'own', ...own };
  }

  launch(signal: AbortSignal): Promise<void> {
    const options: LaunchOptions = {
      program: this.context.asAbsolutePath('dist/lapstraked.js'),
      address: this.#address(),
      sandbox: read('daemon.sandbox', 'auto'),
      storage: read('daemon.storage', 'auto'),
      registryMirrors: read<string[]>('daemon.registryMirrors', []),
      insecureRegistries: this.insecureRegistries,
      logFile: this.logFile,
    };
    this.log.info(`Starting the engine: root ${options.address.root}, socket ${options.address.socket}.`);
    return launch(options, signal);
  }

  /** Registries that may be spoken to without TLS: `host`, `host:port`, IPv4 ranges. */
  get insecureRegistries(): readonly string[] {
    return read<string[]>('daemon.insecureRegistries', []);
  }

  /** Whether registries may be asked about the images that Dockerfiles name. */
  get asksRegistries(): boolean {
    return read('language.askRegistries', true);
  }

  /** What our own engine writes. */
  get logFile(): string {
    return join(this.context.globalStorageUri.fsPath, 'lapstraked.log');
  }

  /** An engine with a root of its own also gets a socket of its own. */
  #address(): EngineAddress {
    const address = defaultAddress({ env: process.env, uid: process.getuid?.() ?? 1000, home: homedir() });
    const root = read('daemon.root', '')
      .trim()
      .replace(/^~(?=\/)/, homedir());
    if (root === '' || root === address.root) return address;
    const name = createHash('sha256').update(root).digest('hex').slice(0, 12);
    return { root, socket: join(dirname(address.socket), `${name}.sock`) };
  }
}

/** In an untrusted workspace only the user's own value counts (the manifest restricts these settings too). */
function read<T>(key: string, fallback: T): T {
  const settings = vscode.workspace.getConfiguration('lapstrake');
  if (vscode.workspace.isTrusted) return settings.get<T>(key, fallback);
  const found = settings.inspect<T>(key);
  return found?.globalValue ?? found?.defaultValue ?? fallback;
}
