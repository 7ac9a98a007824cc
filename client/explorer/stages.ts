import * as vscode from 'vscode';
import type { DockerfileStage, StageNeed } from '../../protocol/lsp.ts';

/** Milliseconds without a change before the tree follows the text. */
const PAUSE = 300;

/** A row of the Stages view: a stage, or what another row needs. */
export interface StageNode {
  readonly uri: vscode.Uri;
  readonly stages: readonly DockerfileStage[];
  /** Indexes of the stages above it and its own, where it is one. */
  readonly path: readonly number[];
  /** Absent in the first level. */
  readonly need?: StageNeed;
}

/** The Stages view: the stages of the Dockerfile in front, and below each what it needs, as deep as that goes. */
export class StagesView implements vscode.TreeDataProvider<StageNode> {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.#changed.event;
  #timer: NodeJS.Timeout | undefined;
  #document: vscode.TextDocument | undefined;

  /** `ask` gives what the language server says of a document's stages. */
  constructor(private readonly ask: (uri: string) => Promise<readonly DockerfileStage[]>) {}

  register(context: vscode.ExtensionContext): void {
    this.#follow(vscode.window.activeTextEditor);
    context.subscriptions.push(
      vscode.window.createTreeView('lapstrake.stages', { treeDataProvider: this, showCollapseAll: true }),
      vscode.window.onDidChangeActiveTextEditor((editor) => this.#follow(editor)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document === this.#document) this.#changeSoon();
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (document !== this.#document) return;
        this.#document = undefined;
        this.#changed.fire();
      }),
      { dispose: () => clearTimeout(this.#timer) },
      this.#changed,
    );
  }

  /** Shows what the server says by now: it may not have been there before. */
  refresh(): void {
    this.#changed.fire();
  }

  async getChildren(node?: StageNode): Promise<StageNode[]> {
    if (node !== undefined) return needsOf(node);
    if (this.#document === undefined) return [];
    const { uri } = this.#document;
    const stages = await this.ask(uri.toString());
    return stages.map((_, index) => ({ uri, stages, path: [index] }));
  }

  getTreeItem(node: StageNode): vscode.TreeItem {
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const { need, uri, stages, path } = node;
    const stage = stageOf(node);
    const item = new vscode.TreeItem(
      need?.name ?? stage?.name ?? '',
      stage !== undefined && needsOf(node).length > 0 ? Collapsed : None,
    );
    item.id = `${uri} ${path.join('/')} ${need?.kind ?? ''} ${need?.line ?? ''} ${need?.name ?? ''}`;
    item.description = need === undefined ? stageText(stages, path[0] ?? 0) : needText(need);
    item.iconPath = new vscode.ThemeIcon(iconOf(node, stage));
    item.contextValue = need === undefined ? 'stage' : 'stage.need';
    const line = need?.line ?? stage?.line ?? 0;
    item.command = {
      title: vscode.l10n.t('Go to Line'),
      command: 'vscode.open',
      arguments: [uri, { selection: new vscode.Range(line, 0, line, 0) } satisfies vscode.TextDocumentShowOptions],
    };
    item.accessibilityInformation = { label: vscode.l10n.t('stage {0}, {1}', String(item.label), item.description) };
    return item;
  }

  #follow(editor: vscode.TextEditor | undefined): void {
    // Where no editor has the focus, as in a terminal, the Dockerfile is still the one in front.
    if (editor === undefined || editor.document === this.#document) return;
    this.#document = editor.document.languageId === 'dockerfile' ? editor.document : undefined;
    this.#changed.fire();
  }

  #changeSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#changed.fire(), PAUSE);
  }
}

/** The stage that a row stands for; undefined for an image. */
function stageOf({ stages, path, need }: StageNode): DockerfileStage | undefined {
  const index = need === undefined ? path[0] : need.stage;
  return index === undefined ? undefined : stages[index];
}

/** What the stage of a row needs; nothing again of what stands above it. */
export function needsOf(node: StageNode): StageNode[] {
  const { uri, stages, path } = node;
  return (stageOf(node)?.needs ?? [])
    .filter(({ stage }) => stage === undefined || !path.includes(stage))
    .map((need) => ({ uri, stages, need, path: need.stage === undefined ? path : [...path, need.stage] }));
}

/** `node:22 · 5 instructions · needed by build, test`. */
export function stageText(stages: readonly DockerfileStage[], index: number): string {
  const stage = stages[index];
  if (stage === undefined) return '';
  const { image, instructions, isBuilt } = stage;
  const users = stages.filter(({ needs }) => needs.some((need) => need.stage === index)).map(({ name }) => name);
  return [
    image,
    instructions === 1 ? vscode.l10n.t('one instruction') : vscode.l10n.t('{0} instructions', instructions),
    ...(users.length > 0 ? [vscode.l10n.t('needed by {0}', users.join(', '))] : []),
    ...(isBuilt ? [] : [vscode.l10n.t('not in the image')]),
  ].join(' · ');
}

function needText({ kind, line }: StageNeed): string {
  const how = { base: 'FROM', copy: 'COPY --from', mount: 'RUN --mount' }[kind];
  return `${how} · ${vscode.l10n.t('line {0}', line + 1)}`;
}

function iconOf({ need }: StageNode, stage: DockerfileStage | undefined): string {
  if (stage === undefined) return 'package';
  if (need !== undefined) return 'references';
  return stage.isBuilt ? 'layers' : 'circle-slash';
}
