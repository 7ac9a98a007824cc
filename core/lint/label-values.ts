import licences from 'spdx-license-ids/index.json' with { type: 'json' };

const LICENCES: ReadonlySet<string> = new Set(licences);

/** Whether a text is the identifier of a licence that SPDX lists. */
export function isLicence(text: string): boolean {
  return LICENCES.has(text);
}

/** The identifier that a text is in another case, or with blanks for hyphens. */
export function nearLicence(text: string): string | undefined {
  const key = (name: string): string => name.toLowerCase().replace(/[\s-]+/g, '-');
  return licences.find((each) => key(each) === key(text));
}

/** Whether a text is a time as RFC 3339 has it. */
export function isTime(text: string): boolean {
  const found = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (found === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= days && hour < 24 && minute < 60 && second <= 60;
}

/** Whether a text is a version as semver.org has it. */
export function isSemver(text: string): boolean {
  const number = '(?:0|[1-9]\\d*)';
  const identifier = `(?:${number}|\\d*[A-Za-z-][\\dA-Za-z-]*)`;
  const build = '[\\dA-Za-z-]+';
  return new RegExp(
    `^${number}\\.${number}\\.${number}(?:-${identifier}(?:\\.${identifier})*)?(?:\\+${build}(?:\\.${build})*)?$`,
  ).test(text);
}

/** `1.2` or `v1.2.3` as semver.org has it. */
export function nearSemver(text: string): string | undefined {
  const [, major, minor = '0', patch = '0', rest = ''] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+].*)?$/.exec(text) ?? [];
  const version = `${major}.${minor}.${patch}${rest}`;
  return major !== undefined && isSemver(version) ? version : undefined;
}

/** Whether a text has the form of an address of mail (RFC 5322), comments left out. */
export function isEmail(text: string): boolean {
  const atom = "[\\w!#$%&'*+/=?^`{|}~-]+";
  const local = `(?:${atom}(?:\\.${atom})*|"(?:[^"\\\\]|\\\\.)+")`;
  const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
  return new RegExp(`^${local}@(?:${label}(?:\\.${label})*|\\[[^\\]]+\\])$`).test(text);
}
