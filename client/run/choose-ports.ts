import * as vscode from 'vscode';
import { isFree, type PortMapping, parsePort } from './ports.ts';

/**
 * Settles where each port is published: as wanted where it is free, else the user chooses. Undefined where the user gave
 * up. `local` says whether the engine's ports are this machine's, so that a look tells whether one is free.
 * A mapping with host -1 is known to be taken.
 */
export async function choosePorts(
  wanted: readonly PortMapping[],
  local: boolean,
): Promise<readonly PortMapping[] | undefined> {
  const settled: PortMapping[] = [];
  for (const mapping of wanted) {
    const free =
      mapping.host === 0 ||
      (mapping.host > 0 && (!local || mapping.protocol !== 'tcp' || (await isFree(mapping.host))));
    if (free) {
      settled.push(mapping);
      continue;
    }
    const host = await askForPort(mapping, local);
    if (host === undefined) return undefined;
    if (host !== 'none') settled.push({ ...mapping, host });
  }
  return settled;
}

async function askForPort(mapping: PortMapping, local: boolean): Promise<number | 'none' | undefined> {
  const taken = mapping.host > 0 ? mapping.host : mapping.container;
  const random = { label: vscode.l10n.t('$(arrow-swap) Use a Random Port') };
  const other = { label: vscode.l10n.t('$(edit) Choose Another Port…') };
  const none = { label: vscode.l10n.t('$(circle-slash) Do Not Publish Port {0}', mapping.container) };
  const picked = await vscode.window.showQuickPick([random, other, none], {
    title: vscode.l10n.t('Port {0} is already in use', taken),
    placeHolder: vscode.l10n.t('Where to publish port {0} of the container', mapping.container),
  });
  if (picked === none) return 'none';
  if (picked === random) return 0;
  if (picked !== other) return undefined;
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Publish Port {0}', mapping.container),
    prompt: vscode.l10n.t('A port of this machine from 1 to 65535; empty for a random one.'),
    validateInput: async (typed) => {
      const port = parsePort(typed);
      if (port === undefined) return vscode.l10n.t('“{0}” is not a port.', typed);
      return port > 0 && local && !(await isFree(port))
        ? vscode.l10n.t('Port {0} is already in use.', port)
        : undefined;
    },
  });
  return text === undefined ? undefined : parsePort(text);
}
