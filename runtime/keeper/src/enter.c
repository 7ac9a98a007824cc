#include "enter.h"
#include "credentials.h"
#include "join.h"
#include "program.h"
#include "sealed.h"
#include "seccomp.h"
#include "terminal.h"
#include "text.h"

enum { PLAN = 3, PID_FILE = 4 };

static struct entry entry;
/* `go`: the process may become its program. `failed`: it could not; closed without a word where it has. */
static struct { int read, write; } go, failed;

int enter_prepare(int plan, const char *pid_file) {
    int out = sys_open(pid_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0) return NOT_ENTERED;
    // Neither may be where the other one goes.
    int in = sys_fcntl(plan, F_DUPFD_CLOEXEC, PID_FILE + 1);
    out = sys_fcntl(out, F_DUPFD_CLOEXEC, PID_FILE + 1);
    if (CALL(__NR_dup3, in, PLAN, 0) < 0 || CALL(__NR_dup3, out, PID_FILE, 0) < 0) return NOT_ENTERED;
    CALL(__NR_close_range, PID_FILE + 1, ~0u, 0);
    sealed_become(ENTERING);
    return NOT_ENTERED;
}

/* As root, or else as the user: either may be the only one who can get there. Never outside the container's root. */
static int enter_folder(int *done) {
    char path[4096];
    if (!*done) {
        long result = CALL(__NR_chdir, entry.cwd);
        if (result < 0) return result == -EACCES || result == -EPERM;
        *done = 1;
    }
    return CALL(__NR_getcwd, path, sizeof path) > 0 && path[0] == '/';
}

static void give_up(int fd) {
    sys_write(fd, "", 1);
    sys_exit(NOT_ENTERED);
}

/* In the container, with nothing but the rights of the process to be. */
static void become(void) {
    char ready;
    uint64_t none = 0;
    if (CALL(__NR_dup3, failed.write, 3, O_CLOEXEC) < 0 || CALL(__NR_dup3, go.read, 4, O_CLOEXEC) < 0) give_up(failed.write);
    if (CALL(__NR_close_range, 5, ~0u, 0) < 0) give_up(failed.write);
    // Otherwise whoever started us has died, or has given up.
    if (sys_read(4, &ready, 1) != 1) sys_exit(NOT_ENTERED);
    sys_close(4);
    CALL(__NR_setsid, 0);
    if (entry.console != NULL && !terminal_control()) give_up(3);
    CALL(__NR_rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
    program_become_first(entry.command, entry.environment, entry.search);
    give_up(3);
}

/* All that needs the machine's files. */
static int join(int *console) {
    int container = find_container(&entry);
    if (container < 0) return 0;
    *console = entry.console == NULL ? -1 : console_connect(entry.console);
    if (entry.console != NULL && *console < 0) return 0;
    if (entry.oom_score_adj != NULL && !write_text("/proc/self/oom_score_adj", entry.oom_score_adj)) return 0;
    if (!join_cgroups(&entry)) return 0;
    if (entry.keyring != NULL && !join_keyring(entry.keyring)) return 0;
    if (!join_namespaces(container, entry.namespaces)) return 0;
    sys_close(container);
    return 1;
}

/* Gives up all that the process is not to have: what comes to be in the container's sight never had more. */
static int confine(void) {
    int there = 0;
    if (entry.umask != NULL) CALL(__NR_umask, parse_number(entry.umask));
    if (!set_limits(&entry)) return 0;
    if (entry.no_new_privileges && CALL(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return 0;
    // Without no-new-privileges only root may do so.
    if (entry.filter.length > 0 && !seccomp_use(&entry.filter)) return 0;
    if (!enter_folder(&there) || !drop_bounding(entry.bounding) || !become_user(&entry)) return 0;
    return enter_folder(&there) && there && set_capabilities(entry.own);
}

static int leave_pid(int pid) {
    char text[24];
    size_t length = (size_t)(put_number(text, (uint64_t)pid, 1) - text);
    return sys_write(PID_FILE, text, length) == (long)length;
}

int enter_main(void) {
    int console = -1;
    char word;
    uint64_t all = ~0ull;
    hide();
    // A limit that this program reaches is a failed call.
    CALL(__NR_rt_sigprocmask, SIG_BLOCK, &all, 0, sizeof all);
    if (!is_sealed() || !plan_read(PLAN, &entry)) return NOT_ENTERED;
    sys_fcntl(PID_FILE, F_SETFD, FD_CLOEXEC);
    if (CALL(__NR_pipe2, &go, O_CLOEXEC) < 0 || CALL(__NR_pipe2, &failed, O_CLOEXEC) < 0) return NOT_ENTERED;
    sys_close(PLAN);
    if (!join(&console)) return NOT_ENTERED;
    if (entry.console != NULL && !terminal_take(console, &entry.size, entry.uid)) return NOT_ENTERED;
    if (!confine()) return NOT_ENTERED;
    int pid = (int)CALL(__NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) become();
    sys_close(failed.write);
    sys_close(go.read);
    // The process is known before it does anything, so that whoever ends us can end it too.
    if (pid < 0 || !leave_pid(pid)) return NOT_ENTERED;
    if (sys_write(go.write, "", 1) != 1) return NOT_ENTERED;
    return sys_read(failed.read, &word, 1) == 0 ? ENTERED : NOT_ENTERED;
}
