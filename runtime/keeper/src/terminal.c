#include "terminal.h"
#include "text.h"

#define RESOLVE_NO_SYMLINKS 4
#define DEVPTS_MAGIC 0x1cd1

static const char master_path[] = "/dev/pts/ptmx";

int console_connect(const char *name) {
    struct sockaddr_un address = {AF_UNIX, ""};
    if (text_length(name) >= sizeof address.path) return -1;
    *put_text(address.path, name) = 0;
    int fd = (int)CALL(__NR_socket, AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0);
    return fd >= 0 && CALL(__NR_connect, fd, &address, sizeof address) < 0 ? -1 : fd;
}

/* What a container puts in the place of its terminals is none: what was opened must be the kernel's own. */
static int open_master(void) {
    struct { uint64_t flags, mode, resolve; } how = {O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS};
    int64_t filesystem[32];
    int fd = (int)CALL(__NR_openat2, AT_FDCWD, master_path, &how, sizeof how);
    if (fd < 0 || CALL(__NR_fstatfs, fd, filesystem) < 0 || filesystem[0] != DEVPTS_MAGIC) return -1;
    return sys_fcntl(fd, F_SETFL, O_RDWR) < 0 ? -1 : fd;
}

static int send_descriptor(int connection, int fd) {
    char name[] = "/dev/ptmx";
    struct cmsghdr control = {sizeof(struct cmsghdr) - 4, SOL_SOCKET, SCM_RIGHTS, fd};
    struct iovec iov = {name, sizeof name - 1};
    struct msghdr message = {NULL, 0, &iov, 1, &control, sizeof control, 0};
    return CALL(__NR_sendmsg, connection, &message, MSG_NOSIGNAL) > 0;
}

int terminal_take(int connection, const struct winsize *size, uint32_t owner) {
    int locked = 0, master = open_master();
    if (master < 0 || CALL(__NR_ioctl, master, TIOCSPTLCK, &locked) < 0) return 0;
    int other = (int)CALL(__NR_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (other < 0) return 0;
    if ((size->rows > 0 || size->cols > 0) && CALL(__NR_ioctl, master, TIOCSWINSZ, size) < 0) return 0;
    if (CALL(__NR_fchown, other, owner, -1) < 0 || !send_descriptor(connection, master)) return 0;
    for (int fd = 0; fd < 3; fd++) if (CALL(__NR_dup3, other, fd, 0) < 0) return 0;
    sys_close(other);
    sys_close(master);
    sys_close(connection);
    return 1;
}

int terminal_control(void) {
    return CALL(__NR_ioctl, 0, TIOCSCTTY, 0) == 0;
}
