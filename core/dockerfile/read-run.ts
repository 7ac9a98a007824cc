import { parseGoBool } from '../match/go-bool.ts';
import type { Flag, InstructionNode, Parsed, Problem, Token } from './ast.ts';
import { csvFields } from './csv-fields.ts';
import { FlagSet } from './flag-set.ts';
import { goQuote } from './go-quote.ts';
import type { DeviceFlag, MountField, MountFlag, RunInstruction } from './instructions.ts';
import { subToken } from './joined-line.ts';
import { errorAt } from './problems.ts';
import { readCommand } from './read-command.ts';

/** What `--network` of RUN takes. */
export const NETWORK_MODES = ['default', 'none', 'host'] as const;
/** What `--security` of RUN takes. */
export const SECURITY_MODES = ['sandbox', 'insecure'] as const;

/** Reads RUN. The values of mounts are not looked at: variables in them have none yet. */
export function readRun(node: InstructionNode): Parsed<RunInstruction> {
  const flags = new FlagSet(node);
  const problems: Problem[] = [...flags.problems];
  const network = flags.value('network');
  const security = flags.value('security');
  const devices = flags.all('device').map((flag) => readDevice(flag, problems));
  const mounts = flags.all('mount').map((flag) => readMountFlag(flag, problems));
  if (network !== undefined && !isOneOf(NETWORK_MODES, network.text)) {
    problems.push(errorAt(network.range, 'network-invalid', `invalid network mode ${goQuote(network.text)}`));
  }
  if (security !== undefined && !isOneOf(SECURITY_MODES, security.text)) {
    problems.push(errorAt(security.range, 'security-invalid', `security ${goQuote(security.text)} is not valid`));
  }
  const command = readCommand(node, node.args);
  return {
    value: { kind: 'RUN', node, command, mounts, devices, ...(network && { network }), ...(security && { security }) },
    problems,
  };
}

function isOneOf(options: readonly string[], text: string): boolean {
  return options.includes(text);
}

function readMountFlag(flag: Flag, problems: Problem[]): MountFlag {
  const fields = fieldsOf(flag, problems, 'mounts').map(toField);
  for (const { key, value } of fields) {
    if (key.text.toLowerCase() !== 'from' || value === undefined || !/\$./.test(value.text)) continue;
    const message = "'from' doesn't support variable expansion, define alias stage instead";
    problems.push(errorAt(value.range, 'mount-from-variable', message));
  }
  return { flag, fields };
}

/** As BuildKit's ParseDevice: the first field that is neither key nor option is the name, `vendor.com/class=name` too. */
function readDevice(flag: Flag, problems: Problem[]): DeviceFlag {
  let name = '';
  let required = false;
  const wrong = ({ range }: Token, message: string): unknown =>
    problems.push(errorAt(range, 'device-invalid', message));
  for (const field of fieldsOf(flag, problems, 'devices')) {
    const { key, value } = toField(field);
    const option = key.text.toLowerCase();
    if (option === 'required') {
      const asked = value === undefined ? true : parseGoBool(value.text);
      if (asked === undefined) wrong(field, `invalid value for required: ${value?.text}`);
      required = asked === true;
    } else if (option === 'name' && value !== undefined) {
      if (name !== '') wrong(field, `device name already set to ${name}`);
      else name = value.text;
    } else if (name === '') name = field.text;
    else if (value === undefined) wrong(field, `invalid field '${field.text}' must be a key=value pair`);
    else wrong(key, `unexpected key '${option}' in '${field.text}'`);
  }
  return { flag, name, required };
}

function fieldsOf({ value, range }: Flag, problems: Problem[], what: string): readonly Token[] {
  if (value === undefined) return [];
  const fields = csvFields(value);
  if (fields === undefined) problems.push(errorAt(range, 'fields-invalid', `failed to parse csv ${what}`));
  return fields ?? [];
}

function toField(field: Token): MountField {
  const equals = field.text.indexOf('=');
  if (equals === -1) return { key: field };
  return { key: subToken(field, 0, equals), value: subToken(field, equals + 1, field.text.length) };
}
