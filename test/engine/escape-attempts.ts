/**
 * One way out of a container: a script of the container's shell that ends with 0 where it is open. The container's variables
 * say what it is about: SECRET is a file that only the host has, in FOLDER; PID a process of the host, PORT its port on the
 * host's loopback; NEIGHBOUR a container's address on another network, SOCKET the engine's, DISK a disk's `major minor`.
 */
export interface Attempt {
  readonly name: string;
  readonly script: string;
}

/** Numbers of system calls (asm/unistd.h). */
const CALLS = {
  x64: {
    ...{ ptrace: 101, mount: 165, umount: 166, pivot_root: 155, setns: 308, unshare: 272, add_key: 248, keyctl: 250 },
    ...{
      bpf: 321,
      perf_event_open: 298,
      init_module: 175,
      delete_module: 176,
      kexec_load: 246,
      reboot: 169,
      swapon: 167,
    },
    ...{
      sethostname: 170,
      adjtimex: 159,
      open_by_handle_at: 304,
      syslog: 103,
      acct: 163,
      userfaultfd: 323,
    },
    ...{ process_vm_readv: 310, fsopen: 430, open_tree: 428, mount_setattr: 442, vhangup: 153, iopl: 172, ioperm: 173 },
    ...{ request_key: 249, socket: 41, kcmp: 312, pidfd_open: 434 },
  },
  arm64: {
    ...{ ptrace: 117, mount: 40, umount: 39, pivot_root: 41, setns: 268, unshare: 97, add_key: 217, keyctl: 219 },
    ...{
      bpf: 280,
      perf_event_open: 241,
      init_module: 105,
      delete_module: 106,
      kexec_load: 104,
      reboot: 142,
      swapon: 224,
    },
    ...{
      sethostname: 161,
      adjtimex: 171,
      open_by_handle_at: 265,
      syslog: 116,
      acct: 89,
      userfaultfd: 282,
    },
    ...{ process_vm_readv: 270, fsopen: 430, open_tree: 428, mount_setattr: 442, vhangup: 58, iopl: -1, ioperm: -1 },
    ...{ request_key: 218, socket: 198, kcmp: 272, pidfd_open: 434 },
  },
} as const;

/**
 * What every script may use: `sys NAME ARGUMENT…` makes a system call, with `buf:N` for N bytes of nothing, `fd:PATH` for an
 * open file, `iov` for eight bytes of its own, `handle` for a root folder's and `timex` for a clock that no kernel takes. It is open where the kernel did
 * not refuse it for want of rights.
 */
export function preamble(arch: string): string {
  const numbers = Object.entries(CALLS[arch === 'arm64' ? 'arm64' : 'x64']);
  const program = [
    `my ($n, @a) = @ARGV; my %n = (${numbers.map(([name, number]) => `${name} => ${number}`).join(', ')});`,
    'my $own = "x" x 8; my @open; my @v = map {',
    '  /^-?\\d+$/ ? $_ + 0 : /^buf:(\\d+)$/ ? "\\0" x $1',
    '  : $_ eq "handle" ? pack("LlLL", 8, 1, 2, 0) : $_ eq "timex" ? pack("Lx4q61", 0x4000, (0) x 10, 1, (0) x 50)',
    '  : $_ eq "iov" ? pack("PQ", $own, 8)',
    '  : /^fd:(.*)$/ ? do { open(my $f, "<", $1) or exit 1; push @open, $f; fileno($f) + 0 } : "$_" } @a;',
    'my $r = syscall($n{$n}, @v); exit 0 if $r >= 0; my $e = $! + 0;',
    // EPERM, ESRCH, EACCES, ENOSYS.
    'exit((grep { $e == $_ } 1, 3, 13, 38) ? 1 : 0);',
  ].join('\n');
  return `sys() { perl -e '${program}' "$@"; }\n`;
}

/** All ways out that are tried, each harmless where it is open. */
export function attempts(): readonly Attempt[] {
  const keep = (file: string): string => `v=$(cat ${file}) && echo "$v" > ${file}`;
  const all: Readonly<Record<string, string>> = {
    // Files of the host.
    'read a file of the host': `cat $SECRET`,
    'read it through the root of process 1': `cat /proc/1/root$SECRET`,
    'read it through any root': `cat /proc/[0-9]*/root$SECRET | grep -q .`,
    'read it through any working folder': `cat /proc/[0-9]*/cwd/../../../../../../..$SECRET | grep -q .`,
    'read it through any descriptor': `cat /proc/[0-9]*/fd/[0-9]*/../../../../../..$SECRET | grep -q .`,
    'leave the root by another chroot': `mkdir -p /tmp/d && perl -e 'chroot("/tmp/d") or exit 1; chdir("../../../../../..") or exit 1; chroot(".") or exit 1; exit(-e $ENV{SECRET} ? 0 : 1)'`,
    'open a file by its handle': `sys open_by_handle_at fd:/ handle 0`,
    'write to a folder of the host': `touch $FOLDER/written`,
    "reach the engine's socket": `test -S $SOCKET`,
    // Processes of the host.
    'see a process of the host': `grep -qs 98765 /proc/[0-9]*/cmdline`,
    'signal a process of the host': `kill -0 $PID`,
    'trace a process of the host': `sys ptrace 16 $PID 0 0`,
    'read the memory of a process of the host': `sys process_vm_readv $PID iov 1 iov 1 0`,
    "take a process's descriptors": `sys pidfd_open $PID 0`,
    'compare processes of the host': `sys kcmp $PID $PID 0 0 0`,
    'join the mounts of process 1': `sys setns fd:/proc/1/ns/mnt 131072`,
    'join the network of process 1': `sys setns fd:/proc/1/ns/net 1073741824`,
    // Settings of the kernel.
    'write core_pattern': keep('/proc/sys/kernel/core_pattern'),
    'write the path of modprobe': keep('/proc/sys/kernel/modprobe'),
    'write sysrq-trigger': `test -e /proc/sysrq-trigger && echo h > /proc/sysrq-trigger`,
    'write vm.overcommit_memory': keep('/proc/sys/vm/overcommit_memory'),
    'write kernel.hostname': keep('/proc/sys/kernel/hostname'),
    'write net.ipv4.ip_forward': keep('/proc/sys/net/ipv4/ip_forward'),
    'register an interpreter': `test -w /proc/sys/fs/binfmt_misc/register && echo > /proc/sys/fs/binfmt_misc/register`,
    'write uevent_helper': keep('/sys/kernel/uevent_helper'),
    'write to sysfs': keep('/sys/class/net/lo/mtu'),
    'read kcore': `head -c 16 /proc/kcore | grep -q .`,
    'read the keys': `grep -q . /proc/keys`,
    'read timer_list': `grep -q . /proc/timer_list`,
    'read the firmware': `ls /sys/firmware | grep -q .`,
    'read the log of the kernel': `sys syslog 3 buf:4096 4096`,
    'read kmsg': `timeout 1 head -c 1 /proc/kmsg | grep -q .`,
    // Mounts.
    'mount a tmpfs': `mount -t tmpfs tmpfs /mnt-point`,
    'mount proc': `mount -t proc proc /mnt-point`,
    'mount sysfs': `mount -t sysfs sysfs /mnt-point`,
    'mount cgroups': `mount -t cgroup -o memory cgroup /mnt-point || mount -t cgroup2 cgroup2 /mnt-point`,
    'mount debugfs': `mount -t debugfs debugfs /mnt-point`,
    'make /proc/sys writable': `mount -o remount,rw,bind /proc/sys`,
    'make /sys writable': `mount -o remount,rw /sys`,
    'uncover a masked path': `umount /proc/kcore`,
    'mount by the new calls': `sys fsopen tmpfs 0`,
    'clone a tree of mounts': `sys open_tree -100 / 1`,
    'change the attributes of a mount': `sys mount_setattr -100 / 0 buf:32 32`,
    'turn the root round': `sys pivot_root . .`,
    'make namespaces': `sys unshare 131072`,
    'make a user namespace': `sys unshare 268435456`,
    'mount cgroups from a user namespace': `unshare -Urm mount -t cgroup -o memory cgroup /mnt-point`,
    // Control groups.
    'write a release_agent': `for f in $(find /sys/fs/cgroup /mnt-point -name release_agent); do echo "$(cat $f)" > $f && exit 0; done; exit 1`,
    'leave the control group': `for f in $(find /sys/fs/cgroup -name cgroup.procs); do echo $$ > $f && exit 0; done; exit 1`,
    'raise the limit of memory': `for f in $(find /sys/fs/cgroup -name memory.limit_in_bytes -o -name memory.max); do echo 9000000000 > $f && exit 0; done; exit 1`,
    'allow oneself devices': `for f in $(find /sys/fs/cgroup -name devices.allow); do echo a > $f && exit 0; done; exit 1`,
    // Devices.
    'read a disk by a node of its own': `mknod /tmp/disk b $DISK && head -c 1 /tmp/disk`,
    'read memory by a node of its own': `mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem`,
    'read ports by a node of its own': `mknod /tmp/port c 1 4 && head -c 1 /tmp/port`,
    'write the log by a node of its own': `mknod /tmp/kmsg c 1 11 && echo lapstrake-test > /tmp/kmsg`,
    'read /dev/mem': `head -c 1 /dev/mem`,
    'make FUSE file systems': `mknod /tmp/fuse c 10 229 && perl -e 'open(F, "+<", "/tmp/fuse") or exit 1'`,
    'make network devices': `mknod /tmp/tun c 10 200 && perl -e 'open(F, "+<", "/tmp/tun") or exit 1'`,
    'type into a terminal of the host': `for t in /dev/pts/[0-9]* /dev/tty[0-9]* /dev/console; do perl -e 'open(F, "+<", $ARGV[0]) or exit 1; ioctl(F, 0x5412, "x") or exit 1' $t && exit 0; done; exit 1`,
    'use ports of the machine': `sys iopl 3 || sys ioperm 128 1 1`,
    // The machine as a whole.
    'load a module': `sys init_module buf:16 16 x`,
    'unload a module': `sys delete_module lapstrake_nothing 2048`,
    'load another kernel': `sys kexec_load 0 0 buf:16 0`,
    'restart the machine': `sys reboot 1 2 3 0`,
    'swap to a file': `sys swapon /nothing 0`,
    'name the host': `sys sethostname "$(hostname)" $(hostname | tr -d '\\n' | wc -c)`,
    'set the clock': `sys adjtimex timex`,
    'account for processes': `sys acct 0`,
    'hang up the terminal': `sys vhangup`,
    // What several containers share.
    'keep a key in a keyring': `sys add_key user lapstrake-test x 1 -3`,
    'use another keyring': `sys keyctl 0 -4 1`,
    'ask the kernel for a key': `sys request_key user lapstrake-test x -3`,
    'load a program into the kernel': `sys bpf 0 buf:128 128`,
    'watch the machine': `sys perf_event_open buf:128 -1 0 -1 0`,
    'hold up page faults': `sys userfaultfd 0`,
    // Networks.
    'connect to a loopback port of the host': `nc -w 1 127.0.0.1 $PORT </dev/null`,
    'reach a container of another network': `ping -c1 -W1 $NEIGHBOUR`,
    'send packets of its own to another network': `arping -c1 -w1 -I eth0 $NEIGHBOUR`,
    'change an interface': `ip link set lo mtu 65536`,
    'change routes': `ip route add 192.0.2.1/32 dev lo && ip route del 192.0.2.1/32 dev lo`,
    // Rights.
    'have the right to administrate': `grep -q 'CapBnd:.*[2367abef][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]$' /proc/self/status`,
    'hold a descriptor of the host': `ls -l /proc/self/fd | grep -v 'pipe:\\|socket:\\|/dev/null\\|/dev/pts\\|/proc/\\|/tmp/out' | grep -q -- '->'`,
  };
  return Object.entries(all).map(([name, script]) => ({ name, script }));
}
