import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { type FoundConfig, findHadolintConfig, readHadolintConfig } from '../../../core/disk/find-hadolint-config.ts';
import { type HadolintConfig, joinConfigs, settingsOf, type Threshold } from '../../../core/lint/hadolint-config.ts';
import type { FindingSeverity } from '../../../core/lint/lint.ts';
import { notFound } from '../../errors.ts';
import { VERSION } from '../../version.ts';
import type { Arguments } from '../arguments.ts';
import { type Command, print, type Surface } from '../command.ts';
import { LINT_FORMATS } from '../lint/formats.ts';
import { folderOf, judgeFile } from '../lint/judge-file.ts';
import {
  configOfArguments,
  configOfEnvironment,
  LINT_HELP,
  LINT_OPTIONS,
  reportsOfArguments,
} from '../lint/lint-options.ts';
import { RegistryQuestions } from '../lint/registry-questions.ts';
import type { Report, ReportedComplaint } from '../lint/report.ts';

/** `lapstrake lint`, with hadolint's options and exit codes: 1 where something is found, from the threshold on. */
export const lint: Command = {
  name: 'lint',
  usage: '[OPTIONS] FILE... (- reads stdin)',
  summary: 'Tell what is wrong with Dockerfiles, as the editor does; takes hadolint’s options and configuration',
  options: LINT_OPTIONS,
  optionHelp: LINT_HELP,
  positionals: [1, Number.POSITIVE_INFINITY],
  async run(args, surface) {
    const own = configOfArguments(args);
    const files: { name: string; complaints: ReportedComplaint[] }[] = [];
    let config: HadolintConfig = own;
    const context = args.text('context');
    const registries = args.has('registry') ? new RegistryQuestions(surface) : undefined;
    for (const name of args.positionals) {
      config = await configFor(name, own, args, surface);
      const shownAs = args.text('file-path-in-report') ?? (name === '-' ? '-' : name);
      const judging = {
        ...{ settings: settingsOf(config), shownAs },
        ...(context !== undefined && { context }),
        ...(registries && { registries }),
      };
      files.push({ name: shownAs, complaints: await judgeFile(name, judging, surface) });
    }
    const color = surface.stdout.isTTY === true && config.noColor !== true;
    const report: Report = { files, version: VERSION, now: new Date(surface.now()), color };
    const reports = reportsOfArguments(args, config);
    for (const { format, file } of reports) {
      const text = LINT_FORMATS[format](file === undefined ? report : { ...report, color: false });
      if (file === undefined) surface.stdout.write(text);
      else await writeFile(file, text, { signal: surface.signal });
    }
    const never =
      config.noFail === true || reports.some(({ format }) => format === 'codeclimate' || format === 'codacy');
    if (never) return 0;
    const complaints = files.flatMap((each) => each.complaints);
    return complaints.some(({ level }) => reaches(level, config.failureThreshold ?? 'info')) ? 1 : 0;
  },
};

const ORDER: readonly (FindingSeverity | Threshold)[] = ['error', 'warning', 'info', 'style', 'ignore', 'none'];

function reaches(level: FindingSeverity, threshold: Threshold): boolean {
  return ORDER.indexOf(level) <= ORDER.indexOf(threshold);
}

/** The environment's, the file's and the command line's, the last before the others. A file that cannot be read is told. */
async function configFor(
  name: string,
  own: HadolintConfig,
  args: Arguments,
  surface: Surface,
): Promise<HadolintConfig> {
  const found = await foundConfig(name, args.text('config'), surface);
  if (args.has('verbose')) print(surface.stderr, `configuration: ${found?.file ?? 'none'}`);
  if (found?.problem !== undefined) {
    print(surface.stderr, `lapstrake: the configuration ${found.file} ${found.problem}`);
  }
  return joinConfigs([configOfEnvironment(surface.env), found?.config ?? {}, own]);
}

/** Error: EngineError `not-found` for a file that is named and not there. */
async function foundConfig(
  name: string,
  named: string | undefined,
  surface: Surface,
): Promise<FoundConfig | undefined> {
  if (named === undefined) {
    const { HOME: home = homedir(), XDG_CONFIG_HOME: configHome } = surface.env;
    const place = { folder: folderOf(name), top: process.cwd(), home, ...(configHome && { configHome }) };
    return findHadolintConfig(place, surface.signal);
  }
  const found = await readHadolintConfig(named, surface.signal);
  if (found !== undefined) return found;
  throw notFound({ code: 'config-missing', message: `there is no file ${named}`, subject: named });
}
