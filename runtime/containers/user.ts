import { invalid } from '../errors.ts';
import { readInRoot } from './rootfs-path.ts';

/** Who a process of a container runs as. */
export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string;
}

interface Passwd {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/**
 * Finds `user[:group]`, by name or number, in the container's own /etc/passwd and /etc/group.
 * Error: EngineError `invalid` with Docker's text for a name that is not there, and a number that no user can have.
 */
export async function resolveUser(root: string, spec: string, groupAdd: readonly string[]): Promise<ContainerUser> {
  const [userName = '', groupName = ''] = spec.split(':', 2);
  const files = ['/etc/passwd', '/etc/group'].map((path) => readInRoot(root, path));
  const [passwd, group] = await Promise.all(files);
  const [users, groups] = [parsePasswd(passwd ?? ''), parseGroups(group ?? '')];
  const user = findUser(users, userName);
  const gid = groupName === '' ? user.gid : findGroup(groups, groupName);
  const own = groupName === '' ? groups.filter((group) => group.members.includes(user.name)) : [];
  // The primary group, too: a file that it must not read stays shut when a program changes its effective group (CVE-2022-36109).
  const additional = [gid, ...own.map((group) => group.gid), ...groupAdd.map((name) => findGroup(groups, name))];
  return {
    uid: user.uid,
    gid,
    additionalGids: [...new Set(additional)],
    home: user.home,
  };
}

/** The names in the text of an /etc/passwd, in its order. */
export function userNames(passwd: string): string[] {
  return [...new Set(parsePasswd(passwd).map(({ name }) => name))];
}

function findUser(users: readonly Passwd[], name: string): Passwd {
  const wanted = name === '' ? '0' : name;
  const byName = users.find((user) => user.name === wanted);
  if (byName !== undefined) return byName;
  const uid = askedId(wanted);
  if (uid === undefined) {
    throw invalid({
      code: 'user-unknown',
      message: `unable to find user ${wanted}: no matching entries in passwd file`,
      subject: wanted,
    });
  }
  return users.find((user) => user.uid === uid) ?? { name: '', uid, gid: 0, home: uid === 0 ? '/root' : '/' };
}

function findGroup(groups: readonly Group[], name: string): number {
  const gid = groups.find((group) => group.name === name)?.gid ?? askedId(name);
  if (gid !== undefined) return gid;
  throw invalid({
    code: 'group-unknown',
    message: `unable to find group ${name}: no matching entries in group file`,
    subject: name,
  });
}

const GREATEST_ID = 2 ** 31 - 1;
const GREATEST_INTEGER = 2n ** 63n - 1n;

/** A number that was asked for; undefined where the text is none. Error: EngineError `invalid` for one that no user can have. */
function askedId(text: string): number | undefined {
  if (!/^-?\d+$/.test(text) || BigInt(text) > GREATEST_INTEGER) return undefined;
  const id = Number(text);
  if (id >= 0 && id <= GREATEST_ID) return id;
  const message = `uids and gids must be in range 0-${GREATEST_ID}`;
  throw invalid({ code: 'id-out-of-range', message, subject: text });
}

/** A number in a file of the image. */
function asId(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1 ? Number(text) : undefined;
}

function parsePasswd(text: string): Passwd[] {
  return fields(text).flatMap(([name = '', , uid = '', gid = '', , home = '']) => {
    const ids = { uid: asId(uid), gid: asId(gid) };
    return ids.uid === undefined || ids.gid === undefined
      ? []
      : [{ name, uid: ids.uid, gid: ids.gid, home: home || '/' }];
  });
}

function parseGroups(text: string): Group[] {
  return fields(text).flatMap(([name = '', , gid = '', members = '']) => {
    const id = asId(gid);
    return id === undefined ? [] : [{ name, gid: id, members: members.split(',').filter((each) => each !== '') }];
  });
}

function fields(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}
