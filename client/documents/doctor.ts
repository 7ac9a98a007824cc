import type Docker from 'dockerode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { request } from '../engines/docker.ts';
import { speaksLapstrake } from '../engines/identity.ts';
import type { EngineSession } from '../engines/session.ts';

const SCHEME = 'lapstrake-doctor';
const Report = z.object({
  root: z.string(),
  rows: z.array(
    z.object({ floor: z.string(), choice: z.string(), reason: z.string(), notes: z.optional(z.array(z.string())) }),
  ),
});

/** Address of the document that says what this machine allows. */
export const DOCTOR_URI = vscode.Uri.from({ scheme: SCHEME, path: '/Doctor' });

/** The `Doctor` document: what our engine says of this machine; of any other engine, its `/info`. */
export class DoctorDocument implements vscode.TextDocumentContentProvider {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;

  constructor(private readonly session: EngineSession) {}

  register(context: vscode.ExtensionContext): void {
    context.subscriptions.push(
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      this.session.onDidChangeState(() => this.#changed.fire(DOCTOR_URI)),
    );
  }

  async provideTextDocumentContent(): Promise<string> {
    const docker = await this.session.connected();
    const { state } = this.session;
    if (docker === undefined || state.kind !== 'ready') return vscode.l10n.t('The engine is not connected.');
    return speaksLapstrake(state.identity) ? ours(docker) : `${JSON.stringify(await docker.info(), null, 2)}\n`;
  }
}

async function ours(docker: Docker): Promise<string> {
  const { root, rows } = Report.parse(await request(docker, 'GET', '/lapstrake/doctor'));
  const floors = rows.map(({ floor, choice, reason, notes }) =>
    [`${floor}: ${choice}`, `  ${reason}`, ...(notes ?? []).map((note) => `  - ${note}`)].join('\n'),
  );
  return `${[`root: ${root}`, ...floors].join('\n\n')}\n`;
}
