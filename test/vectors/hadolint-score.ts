import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadParser } from '../../core/bash/load-shell.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { applyEdits } from '../../core/lint/apply-edits.ts';
import { lintDockerfile } from '../../core/lint/lint.ts';
import { LABEL_TYPES, type LintSettings } from '../../core/lint/lint-settings.ts';
import { problemAliases } from '../../core/lint/problem-aliases.ts';
import { RULES } from '../../core/lint/rules.ts';
import { shellCheckScripts } from '../../core/lint/shellcheck-scripts.ts';
import { ShellReader } from '../../core/shell/shell-script.ts';
import { ShellChecker } from '../../core/shellcheck/shell-checker.ts';
import { type HadolintCase, readSpec } from './hadolint-cases.ts';

/** How hadolint's own cases came out. */
export interface HadolintScore {
  readonly total: number;
  /** Checks of a form that was not understood. */
  readonly skipped: number;
  readonly failures: readonly { readonly case: HadolintCase; readonly found: number }[];
}

/** Runs the rules over the specifications of a checkout of hadolint. `wasm`: paths of the parser's two files. */
export async function scoreHadolint(checkout: string, wasm: readonly [string, string]): Promise<HadolintScore> {
  const shell = new ShellReader(await loadParser(...wasm));
  const folder = join(checkout, 'test');
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('Spec.hs')).sort();
  let skipped = 0;
  const cases: HadolintCase[] = [];
  for (const name of names) {
    const spec = readSpec(name, await readFile(join(folder, name), 'utf8'));
    cases.push(...spec.cases);
    skipped += spec.skipped;
  }
  const checker = new ShellChecker(process.env);
  for (const each of cases.filter(({ code }) => code === 'SC')) {
    await checker.check(shellCheckScripts(readDockerfile(textOf(each)).value), AbortSignal.timeout(60_000));
  }
  const failures = cases.flatMap((each) => {
    const found = count(each, shell, checker);
    const holds = each.times === undefined ? found > 0 : found === each.times;
    return holds ? [] : [{ case: each, found }];
  });
  return { total: cases.length, skipped, failures };
}

/** On how many instructions the rule finds something. */
function count({ code, config, ...rest }: HadolintCase, shell: ShellReader, checker: ShellChecker): number {
  const text = textOf(rest);
  const { value, problems } = readDockerfile(text);
  const findings = lintDockerfile(value, text, {
    shell,
    settings: settingsOf(config, code),
    shellCheck: (script) => checker.commentsOn(script),
  });
  if (code === 'SC') return findings.filter((finding) => finding.code.startsWith('SC')).length;
  const told = new Set<string>();
  for (const { code: own, aliases, lines, message } of findings) {
    const counted = ['DL3049', 'DL3051'].includes(code) ? message : '';
    if (own === code || aliases.includes(code)) told.add(`${lines.start} ${counted}`);
  }
  for (const problem of problems) {
    if (problemAliases(problem).includes(code)) told.add(`${problem.range.start.line} `);
  }
  return told.size;
}

function textOf({ dockerfile, onBuild }: Pick<HadolintCase, 'dockerfile' | 'onBuild'>): string {
  return onBuild ? behindOnBuild(dockerfile) : dockerfile;
}

/** As hadolint's tests have it: every RUN, whatever it is, put behind ONBUILD. */
function behindOnBuild(text: string): string {
  const { instructions } = readDockerfile(text).value;
  const edits = instructions
    .filter(({ kind }) => kind === 'RUN')
    .map(({ node: { range } }) => ({ range: { start: range.start, end: range.start }, newText: 'ONBUILD ' }));
  return applyEdits(text, edits);
}

/** The tests look at what rules find, whether they are on or off. */
function settingsOf(config: HadolintCase['config'], code: string): LintSettings {
  const isOff = RULES.some((rule) => rule.off && rule.code === code);
  return {
    ignored: [],
    severities: new Map(isOff ? [[code, 'info']] : []),
    trustedRegistries: config.trustedRegistries,
    labels: new Map(
      [...config.labels].flatMap(([name, type]) =>
        LABEL_TYPES.filter((each) => each === type).map((each) => [name, each]),
      ),
    ),
    strictLabels: config.strictLabels,
    disableIgnorePragma: config.disableIgnorePragma,
  };
}
