import type { ContentTypeEncoder } from 'vscode-languageserver/node';
import { WrittenDiagnostics } from './written-diagnostics.ts';

/** Writes messages in JSON, and takes diagnostics that are written already as they are. */
export const JSON_ENCODER: ContentTypeEncoder = {
  name: 'application/json',
  encode: async (message) => bytesOf(message),
};

function bytesOf(message: object): Buffer {
  for (const part of ['params', 'result']) {
    const { [part]: body, ...others }: Record<string, unknown> = { ...message };
    if (typeof body !== 'object' || body === null) continue;
    for (const [name, value] of Object.entries(body)) {
      if (!(value instanceof WrittenDiagnostics)) continue;
      const rest = openedFor(name, { ...body, [name]: undefined });
      return Buffer.concat([Buffer.from(openedFor(part, others) + rest), value.bytes, Buffer.from('}}')]);
    }
  }
  return Buffer.from(JSON.stringify(message));
}

/** An object in JSON, that is not empty, up to the value of one more property. */
function openedFor(name: string, others: object): string {
  return `${JSON.stringify(others).slice(0, -1)},${JSON.stringify(name)}:`;
}
