import * as vscode from 'vscode';
import { Command } from './commands/ids.ts';
import { explain, type Remedy } from './errors.ts';

/** What a caller can do itself about an error; the rest has a default. */
export type RemedyActions = Partial<Record<Remedy, (subject: string) => unknown>>;

/** The one place that shows errors: a sentence, and a button for each remedy that somebody can carry out. */
export class Reporter {
  readonly #defaults: RemedyActions = {
    'start-engine': () => vscode.commands.executeCommand(Command.startEngine),
    'select-engine': () => vscode.commands.executeCommand(Command.selectEngine),
    'show-log': () => vscode.commands.executeCommand(Command.showLog),
    'pull-image': (image) => vscode.commands.executeCommand(Command.pullImage, image),
    'log-in': (domain) => vscode.commands.executeCommand(Command.logInToRegistry, domain),
    'manage-trust': () => vscode.commands.executeCommand('workbench.trust.manage'),
  };

  constructor(private readonly log: vscode.LogOutputChannel) {}

  /** Shows what went wrong while `doing`. Returns at once; a chosen remedy runs when its button is pressed. */
  report(error: unknown, doing: string, actions: RemedyActions = {}): void {
    const explanation = explain(error, doing);
    if (explanation.cancelled) return;
    this.log.error(error instanceof Error ? error : String(error));
    const available = { ...this.#defaults, ...actions };
    const buttons = explanation.remedies
      .filter((remedy) => available[remedy] !== undefined)
      // Nobody can log in to a registry that is not named.
      .filter((remedy) => remedy !== 'log-in' || actions[remedy] !== undefined || explanation.subject !== undefined)
      .map((remedy) => ({ title: title(remedy, explanation.subject), remedy }));
    vscode.window.showErrorMessage(explanation.message, ...buttons).then(async (chosen) => {
      if (chosen !== undefined)
        await this.run(title(chosen.remedy), () => available[chosen.remedy]?.(explanation.subject ?? ''));
    });
  }

  /** Runs a task and reports what it throws. Undefined where it threw. */
  async run<T>(doing: string, task: () => T | Thenable<T>, actions: RemedyActions = {}): Promise<T | undefined> {
    try {
      return await task();
    } catch (error) {
      this.report(error, doing, actions);
      return undefined;
    }
  }
}

function title(remedy: Remedy, subject?: string): string {
  const titles = {
    'start-engine': vscode.l10n.t('Start Engine'),
    'select-engine': vscode.l10n.t('Select Engine'),
    'show-log': vscode.l10n.t('Show Log'),
    'manage-trust': vscode.l10n.t('Manage Trust'),
    'remove-existing': vscode.l10n.t('Remove “{0}”', subject ?? ''),
    'choose-port': vscode.l10n.t('Choose Another Port'),
    'pull-image': vscode.l10n.t('Pull Image'),
    'log-in': vscode.l10n.t('Log In…'),
    force: vscode.l10n.t('Force'),
  } satisfies Record<Remedy, string>;
  return titles[remedy];
}
