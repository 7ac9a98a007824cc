#include "child.h"
#include "enter.h"
#include "program.h"

#define CLONE_INTO_CGROUP 0x200000000ull

struct streams streams = {-1, -1, -1};
static int console = -1;

void child_close(int *fd) {
    if (*fd >= 0) sys_close(*fd);
    *fd = -1;
}

/* A pipe whose one end is ours and does not block; its user can open the other one by name. */
static int make_pipe(const struct plan *plan, int ours, int ends[2]) {
    if (CALL(__NR_pipe2, ends, O_CLOEXEC) < 0) return 0;
    sys_fcntl(ends[ours], F_SETFL, sys_fcntl(ends[ours], F_GETFL, 0) | O_NONBLOCK);
    if (plan->uid != 0 || plan->gid != 0) CALL(__NR_fchown, ends[1 - ours], plan->uid, plan->gid);
    return 1;
}

static int console_listen(void) {
    struct sockaddr_un address = {AF_UNIX, CONSOLE};
    console = (int)CALL(__NR_socket, AF_UNIX, SOCK_STREAM | O_CLOEXEC | O_NONBLOCK, 0);
    return console >= 0 && CALL(__NR_bind, console, &address, sizeof address) >= 0 && CALL(__NR_listen, console, 1) >= 0;
}

/* In the new process: its descriptors, no more and no less, then the program. */
static void become(const struct plan *plan, const int theirs[3]) {
    uint64_t none = 0;
    for (int fd = 0; fd < 3; fd++) CALL(__NR_dup3, theirs[fd], fd, 0);
    for (int i = 0; i < plan->extra; i++) CALL(__NR_dup3, 4 + i, 3 + i, 0);
    if (plan->extra > 0) sys_close(3 + plan->extra);
    if (plan->entry >= 0) sys_exit(enter_prepare(plan->entry, plan->pid_file));
    CALL(__NR_rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
    program_become(plan->command, plan->environment);
    sys_exit(127);
}

/* A new process, in its control group from the beginning: to move one there later makes the kernel wait for all others. */
static long start(const struct plan *plan) {
    if (plan->cgroup == NULL) return CALL(__NR_clone, SIGCHLD, 0, 0, 0, 0);
    uint64_t how[11] = {[0] = CLONE_INTO_CGROUP, [4] = SIGCHLD};
    int group = sys_open(plan->cgroup, O_RDONLY | O_CLOEXEC, 0);
    how[10] = (uint64_t)group;
    long pid = group < 0 ? group : CALL(__NR_clone3, how, sizeof how);
    if (group >= 0) sys_close(group);
    if (pid >= 0) return pid;
    // It must be nowhere else.
    pid = CALL(__NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) sys_exit(NOT_ENTERED);
    return pid;
}

int child_start(const struct plan *plan) {
    int null = sys_open("/dev/null", O_RDWR | O_CLOEXEC, 0);
    int in[2] = {null, -1}, out[2] = {-1, null}, err[2] = {-1, null};
    if (plan->terminal) {
        if (!console_listen()) return -1;
    } else {
        if (plan->input && !make_pipe(plan, 1, in)) return -1;
        if (!make_pipe(plan, 0, out) || !make_pipe(plan, 0, err)) return -1;
    }
    int theirs[3] = {in[0], out[1], err[1]};
    long pid = start(plan);
    if (pid == 0) become(plan, theirs);
    for (int i = 0; i < plan->extra; i++) sys_close(4 + i);
    for (int fd = 0; fd < 3; fd++) if (theirs[fd] != null) sys_close(theirs[fd]);
    sys_close(null);
    if (plan->terminal) return (int)pid;
    streams.in = plan->input ? in[1] : -1;
    streams.out = out[0];
    streams.err = err[0];
    return (int)pid;
}

int child_terminal(const struct plan *plan) {
    if (!plan->terminal) return 1;
    char data[4096];
    struct cmsghdr control = {0, 0, 0, -1};
    struct iovec iov = {data, sizeof data};
    struct msghdr message = {NULL, 0, &iov, 1, &control, sizeof control, 0};
    int connection = (int)CALL(__NR_accept4, console, 0, 0, O_CLOEXEC | O_NONBLOCK);
    if (connection < 0) return 0;
    long got = CALL(__NR_recvmsg, connection, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    sys_close(connection);
    child_close(&console);
    sys_unlink(CONSOLE);
    if (got < 0 || control.level != SOL_SOCKET || control.type != SCM_RIGHTS || control.fd < 0) return 0;
    sys_fcntl(control.fd, F_SETFL, sys_fcntl(control.fd, F_GETFL, 0) | O_NONBLOCK);
    streams.out = control.fd;
    streams.in = plan->input ? control.fd : -1;
    return 1;
}
