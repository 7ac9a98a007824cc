import * as vscode from 'vscode';
import { Command, type CommandId } from '../commands/ids.ts';

/** What a view can leave out. */
export type Narrowing = 'hideStopped' | 'onlyWorkspace' | 'hideDangling';
/** Views whose rows can be narrowed down by words. */
export type FilteredView = 'containers' | 'images';

/** The commands that narrow a view and widen it again. */
const NARROWINGS: Readonly<Record<Narrowing, readonly [on: CommandId, off: CommandId]>> = {
  hideStopped: [Command.hideStopped, Command.showStopped],
  onlyWorkspace: [Command.onlyWorkspace, Command.allContainers],
  hideDangling: [Command.hideDangling, Command.showDangling],
};

/** What the views show, as the user chose it for this workspace. Menus follow by the context keys `lapstrake.NARROWING`. */
export class ViewOptions {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #filters = new Map<FilteredView, string>();

  constructor(private readonly memory: vscode.Memento) {}

  register(context: vscode.ExtensionContext): void {
    const on = (command: CommandId, act: () => unknown) =>
      context.subscriptions.push(vscode.commands.registerCommand(command, act));
    for (const [narrowing, [narrow, widen]] of Object.entries(NARROWINGS) as [Narrowing, [CommandId, CommandId]][]) {
      on(narrow, () => this.#set(narrowing, 'on'));
      on(widen, () => this.#set(narrowing, 'off'));
      void setContext(narrowing, this.has(narrowing));
    }
    on(Command.filterContainers, () => this.#askFilter('containers', vscode.l10n.t('Filter Containers')));
    on(Command.filterImages, () => this.#askFilter('images', vscode.l10n.t('Filter Images')));
    context.subscriptions.push(this.#changed);
  }

  has(narrowing: Narrowing): boolean {
    return this.memory.get(key(narrowing)) === 'on';
  }

  /** The words that rows must hold; empty for all rows. */
  filter(view: FilteredView): string {
    return this.#filters.get(view) ?? '';
  }

  /** Whether a row with these texts passes the view's words: each must be in one of them. */
  matches(view: FilteredView, ...texts: readonly string[]): boolean {
    const all = texts.join('\n').toLowerCase();
    return this.filter(view)
      .toLowerCase()
      .split(/\s+/)
      .every((word) => all.includes(word));
  }

  async #set(narrowing: Narrowing, state: 'on' | 'off'): Promise<void> {
    await this.memory.update(key(narrowing), state);
    await setContext(narrowing, state === 'on');
    this.#changed.fire();
  }

  async #askFilter(view: FilteredView, title: string): Promise<void> {
    const text = await vscode.window.showInputBox({
      title,
      prompt: vscode.l10n.t('Words that a row must hold; empty to show all'),
      value: this.filter(view),
    });
    if (text === undefined) return;
    this.#filters.set(view, text.trim());
    this.#changed.fire();
  }
}

/** What a view says above its rows of those that it leaves out; empty where it shows all. */
export function leftOut(hidden: number, filter: string): string {
  if (filter !== '' && hidden > 0) return vscode.l10n.t('Filter “{0}”: {1} more are hidden.', filter, hidden);
  if (filter !== '') return vscode.l10n.t('Filter “{0}”.', filter);
  return hidden === 0 ? '' : vscode.l10n.t('{0} more are hidden.', hidden);
}

function key(narrowing: Narrowing): string {
  return `lapstrake.${narrowing}`;
}

function setContext(narrowing: Narrowing, value: boolean): Thenable<unknown> {
  return vscode.commands.executeCommand('setContext', key(narrowing), value);
}
