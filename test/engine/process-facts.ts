/** Everything of a process that somebody could depend on, or that could confine it. */
const FILES = [
  ...['status', 'limits', 'cgroup', 'oom_score_adj', 'mountinfo', 'environ', 'cmdline', 'stat', 'personality'],
  ...['coredump_filter', 'timerslack_ns', 'loginuid', 'sessionid', 'setgroups', 'uid_map', 'autogroup'],
];
/** A script for busybox's shell that shows all of it. */
export const GATHER = [
  `for f in ${FILES.join(' ')}; do echo "== $f"; cat /proc/$$/$f 2>&1; echo; done`,
  'echo "== links"; ls -l /proc/$$/ns /proc/$$/fd /proc/$$/cwd /proc/$$/root',
  'echo "== id"; id; pwd; tty; umask; ulimit -a; stty size',
].join('\n');
/** Sizes, times, counters. */
const OWN = /^(State|Vm|Rss|FDSize|HugetlbPages|SigQ|(non)?voluntary_ctxt|total|\/autogroup).*$/gm;
/** In /proc/PID/stat: group, session, terminal, priority, nice, threads, signal to the parent, real-time priority, policy. */
const STAT = [4, 5, 6, 17, 18, 19, 37, 39, 40];

/** What the script shows, without what differs between any two processes. */
export function comparable(text: string): string {
  const pid = /^Pid:\s*(\d+)/m.exec(text)?.[1] ?? 'none';
  return (
    text
      .replaceAll('\r', '')
      // Where the ids are the machine's, it is the keeper.
      .replace(/^PPid:.*$/m, '')
      .replaceAll(OWN, '')
      .replace(/^== stat\n(.*)$/m, (_, line: string) => STAT.map((field) => `[${line.split(' ')[field]}]`).join(' '))
      .replaceAll(new RegExp(`(^\\w+:\\s*|\\[)${pid}\\b`, 'gm'), '$1PID')
      .replaceAll(new RegExp(`/proc/${pid}\\b`, 'g'), '/proc/PID')
      .replaceAll(/pipe:\[\d+\]/g, 'pipe')
      .replaceAll(/\w+ +\d+ \d\d:\d\d /g, '')
  );
}
