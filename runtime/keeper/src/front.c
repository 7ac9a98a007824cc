// `lapstrake build` without a start of Node: the engine, which runs already, is sent the command line and answers with what
// the command prints. Whatever is unusual here is left to the real command line, which says what is wrong.
#include "front.h"
#include "program.h"
#include "text.h"

#define MOST_BODY (1 << 20)
#define HEAD 512
#define SO_PEERCRED 17
#define TIOCGWINSZ 0x5413
#define FOLLOW 0
#define STATX_INO 0x100
/* Kinds of frames: the first two are Docker's. */
enum { TO_STDOUT = 1, TO_STDERR = 2, EXIT_CODE = 3 };

struct statx { uint8_t before[32]; uint64_t ino; uint8_t between[96]; uint32_t dev_major, dev_minor; uint8_t after[112]; };
struct ucred { int pid; uint32_t uid, gid; };

static char body[MOST_BODY];
static size_t length;
static int overflows;

int is_front(int argc, char **argv) {
    static const char wanted[] = "--front";
    if (argc < 3) return 0;
    for (size_t i = 0; i < sizeof wanted; i++) if (argv[1][i] != wanted[i]) return 0;
    return 1;
}

/* What follows `prefix` in a text; NULL where it begins otherwise. */
static const char *after(const char *text, const char *prefix) {
    for (; *prefix != 0; prefix++, text++) if (*text != *prefix) return NULL;
    return text;
}

static int is(const char *text, const char *wanted) {
    const char *rest = after(text, wanted);
    return rest != NULL && *rest == 0;
}

static const char *variable(char **env, const char *name) {
    for (; *env != NULL; env++) {
        const char *rest = after(*env, name);
        if (rest != NULL && *rest == '=') return rest + 1;
    }
    return "";
}

/* Adds a text, with the zero that ends it, to the body. */
static void add(const char *text) {
    size_t more = text_length(text) + 1;
    if (length + more > sizeof body) { overflows = 1; return; }
    memcpy(body + length, text, more);
    length += more;
}

static void add_number(uint64_t value) {
    char text[21];
    *put_number(text, value, 1) = 0;
    add(text);
}

/* Which file a path leads to, so that the engine can tell whether it sees the same; empty where to none. */
static void add_identity(const char *path) {
    struct statx stats;
    char text[64], *at = text;
    if (CALL(__NR_statx, AT_FDCWD, path, FOLLOW, STATX_INO, &stats) == 0) {
        at = put_number(at, stats.dev_major, 1);
        *at++ = ':';
        at = put_number(at, stats.dev_minor, 1);
        *at++ = ':';
        at = put_number(at, stats.ino, 1);
    }
    *at = 0;
    add(text);
}

/* Columns and rows of the terminal that the output goes to; 0 and 0 where it is none. */
static void add_terminal(void) {
    struct winsize size = {0, 0, 0, 0};
    int is_terminal = CALL(__NR_ioctl, 1, TIOCGWINSZ, &size) == 0;
    add_number(!is_terminal ? 0 : size.cols > 0 ? size.cols : 80);
    add_number(!is_terminal ? 0 : size.rows > 0 ? size.rows : 24);
}

/* The body of `POST /lapstrake/command` (runtime/api/command.ts). */
static int describe(char **arguments, int count, char **env) {
    static char folder[4096];
    if (CALL(__NR_getcwd, folder, sizeof folder) <= 0) return 0;
    add(folder);
    add_identity(".");
    add_terminal();
    add_number((uint64_t)count);
    for (int i = 0; i < count; i++) {
        add(arguments[i]);
        add_identity(arguments[i]);
    }
    for (; *env != NULL; env++) add(*env);
    return !overflows;
}

static int put_address(struct sockaddr_un *address, const char *host, char **env) {
    const char *path = host == NULL ? after(variable(env, "LAPSTRAKE_HOST"), "unix://") : after(host, "unix://");
    char *at = address->path;
    address->family = AF_UNIX;
    if (path == NULL && host != NULL) return 0;
    const char *folder = path == NULL ? variable(env, "XDG_RUNTIME_DIR") : path;
    if (text_length(folder) + sizeof "/lapstrake/lapstrake.sock" > sizeof address->path) return 0;
    uint64_t uid = (uint64_t)CALL(__NR_geteuid, 0);
    if (*folder != 0) at = put_text(at, folder);
    else if (path != NULL) return 0;
    else if (uid == 0) at = put_text(at, "/run");
    else at = put_number(put_text(at, "/tmp/lapstrake-"), uid, 1);
    if (path == NULL) at = put_text(at, "/lapstrake/lapstrake.sock");
    *at = 0;
    return 1;
}

/* A connection to an engine of this very user: another one's would read files that are none of its business. */
static int connect_to(const char *host, char **env) {
    struct sockaddr_un address;
    struct ucred peer = {0, 0, 0};
    uint32_t size = sizeof peer;
    memset(&address, 0, sizeof address);
    if (!put_address(&address, host, env)) return -1;
    int fd = (int)CALL(__NR_socket, AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (CALL(__NR_connect, fd, &address, sizeof address) == 0 &&
        CALL(__NR_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid != 0 &&
        peer.uid == (uint32_t)CALL(__NR_geteuid, 0)) return fd;
    sys_close(fd);
    return -1;
}

static int write_all(int fd, const char *from, size_t count) {
    while (count > 0) {
        long written = sys_write(fd, from, count);
        if (written == -EINTR) continue;
        if (written == -EAGAIN) {
            struct pollfd wait = {fd, POLLOUT, 0};
            CALL(__NR_ppoll, &wait, 1, NULL, 0, 0);
            continue;
        }
        if (written <= 0) return 0;
        from += written;
        count -= (size_t)written;
    }
    return 1;
}

static int read_all(int fd, char *into, size_t count) {
    while (count > 0) {
        long got = sys_read(fd, into, count);
        if (got == -EINTR) continue;
        if (got <= 0) return 0;
        into += got;
        count -= (size_t)got;
    }
    return 1;
}

/* An engine that hangs up is no reason to die. */
static int send_all(int fd, const char *from, size_t count) {
    while (count > 0) {
        long sent = CALL(__NR_sendto, fd, from, count, MSG_NOSIGNAL);
        if (sent == -EINTR) continue;
        if (sent <= 0) return 0;
        from += sent;
        count -= (size_t)sent;
    }
    return 1;
}

/* Sends the request; whether the engine takes it. One byte after the other: what follows the head is not ours to read. */
static int is_taken(int fd) {
    char head[HEAD], *at = head;
    at = put_text(at, "POST /lapstrake/command HTTP/1.1\r\nHost: lapstrake\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n");
    at = put_text(at, "Content-Type: application/octet-stream\r\nContent-Length: ");
    at = put_text(put_number(at, length, 1), "\r\n\r\n");
    if (!send_all(fd, head, (size_t)(at - head)) || !send_all(fd, body, length)) return 0;
    size_t got = 0;
    while (got < sizeof head && read_all(fd, head + got, 1)) {
        got++;
        if (got >= 4 && head[got - 1] == '\n' && head[got - 2] == '\r' && head[got - 3] == '\n')
            return after(head, "HTTP/1.1 101 ") != NULL;
    }
    return 0;
}

/* Prints what comes until the exit code does. */
static int relay(int fd) {
    static const char lost[] = "lapstrake: the engine ended before the command did\n";
    unsigned char header[8];
    while (read_all(fd, (char *)header, sizeof header)) {
        size_t left = (size_t)header[4] << 24 | (size_t)header[5] << 16 | (size_t)header[6] << 8 | header[7];
        while (left > 0) {
            size_t count = left < sizeof body ? left : sizeof body;
            if (!read_all(fd, body, count)) break;
            if (header[0] == EXIT_CODE) return (unsigned char)body[0];
            // A reader that goes away, as head does, ends us without a word.
            if (!write_all(header[0] == TO_STDERR ? 2 : 1, body, count)) return 141;
            left -= count;
        }
    }
    sys_write(2, lost, sizeof lost - 1);
    return 1;
}

int front_main(int argc, char **argv, char **env) {
    const char *host = NULL;
    int at = 3;
    if (argc > 4 && (is(argv[3], "--host") || is(argv[3], "-H"))) host = argv[4], at = 5;
    if (at < argc && is(argv[at], "build") && describe(argv + at + 1, argc - at - 1, env)) {
        int fd = connect_to(host, env);
        if (fd >= 0 && is_taken(fd)) return relay(fd);
        if (fd >= 0) sys_close(fd);
    }
    argv[1] = "node";
    program_become(argv + 1, env);
    static const char missing[] = "lapstrake: node is not found in PATH\n";
    sys_write(2, missing, sizeof missing - 1);
    return 127;
}
