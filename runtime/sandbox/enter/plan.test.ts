import { expect, test } from 'vitest';
import type { ProcessSpec } from '../sandbox.ts';
import { entryPlan } from './plan.ts';

const container = {
  identity: { pid: 12, startTime: '3456' },
  namespaces: ['mount', 'pid', 'network'],
  tasks: ['/cg/cpu/tasks', '/cg/pids/tasks'],
  keyring: '_ses.x',
  oomScoreAdj: -5,
} as const;
const plain: ProcessSpec = {
  args: ['echo', 'ä b', ''],
  env: ['PATH=/bin:/usr//bin/', 'A=', 'B=1=2'],
  cwd: '/w',
  user: { uid: 0, gid: 3, additionalGids: [4, 5] },
  tty: false,
  stdin: true,
  capabilities: ['CAP_CHOWN', 'CAP_CHECKPOINT_RESTORE'],
  noNewPrivileges: false,
};

function plan(changes: Partial<ProcessSpec> = {}, filter?: Buffer): readonly string[] | undefined {
  const bytes = entryPlan({ container, process: { ...plain, ...changes }, consoleName: 'console.sock', filter });
  return bytes?.toString('utf8').split('\0');
}

test('says all of the container and of the process, and ends in the filter', () => {
  expect(plan({}, Buffer.from('filter'))).toEqual([
    ...['pid=12', 'start=3456', `namespaces=${0x20000 | 0x20000000 | 0x40000000}`],
    ...['tasks=/cg/cpu/tasks', 'tasks=/cg/pids/tasks', 'keyring=_ses.x', 'oom=-5'],
    ...['uid=0', 'gid=3', 'group=4', 'group=5', `bounding=${2n ** 40n + 1n}`, `own=${2n ** 40n + 1n}`],
    ...['cwd=/w', 'search=/bin', 'search=/usr/bin', 'env=PATH=/bin:/usr//bin/', 'env=A=', 'env=B=1=2'],
    ...['arg=echo', 'arg=ä b', 'arg=', '', 'filter'],
  ]);
});

test('another user has nothing of his own', () => {
  const user = { uid: 7, gid: 7, additionalGids: [] };
  expect(plan({ user })).toEqual(expect.arrayContaining(['uid=7', 'own=0', `bounding=${2n ** 40n + 1n}`]));
});

test('limits are the kernel’s numbers, and no limit is the largest', () => {
  const ulimits = [{ name: 'nofile', soft: 10, hard: Number.POSITIVE_INFINITY }];
  expect(plan({ ulimits })).toContain('limit=7 10 18446744073709551615');
});

test('a terminal has a socket and a size', () => {
  const found = plan({ tty: true, consoleSize: { rows: 3, cols: 4 } });
  expect(found).toEqual(expect.arrayContaining(['console=console.sock', 'size=3 4']));
});

test.each([
  ['/', ['search=']],
  ['/a:b:/c', ['search=/a']],
  [':/a', []],
  ['', []],
  ['/a/../b', ['search=/b']],
])('looks for programs in PATH=%s as runtimes do', (path, wanted) => {
  expect(plan({ env: [`PATH=${path}`] })?.filter((text) => text.startsWith('search='))).toEqual(wanted);
});

test.each<[string, Partial<ProcessSpec>]>([
  ['a zero byte in an argument', { args: ['a\0b'] }],
  ['a zero byte in a variable', { env: ['PATH=/bin', 'A=\0arg=x'] }],
  ['no program', { args: [] }],
  ['an empty program', { args: [''] }],
  ['no PATH', { env: ['A=1'] }],
  ['a variable without a name', { env: ['PATH=/bin', '=1'] }],
  ['a variable without a value', { env: ['PATH=/bin', 'A'] }],
  ['a variable twice', { env: ['PATH=/bin', 'A=1', 'A=2'] }],
  ['a relative folder', { cwd: 'w' }],
  ['an unknown limit', { ulimits: [{ name: 'none', soft: 1, hard: 1 }] }],
  ['too many groups', { user: { uid: 0, gid: 0, additionalGids: Array.from({ length: 257 }, (_, gid) => gid) } }],
])('leaves it to a runtime: %s', (_, changes) => {
  expect(plan(changes)).toBeUndefined();
});
