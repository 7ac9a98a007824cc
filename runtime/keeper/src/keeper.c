// Keeps one process of a container, longer than the daemon that started it lives: starts it by a command, holds its streams,
// writes its log, passes input and output between it and whatever daemon there is, and leaves a record of its end.
#include "child.h"
#include "entrant.h"
#include "link.h"
#include "log.h"
#include "memory.h"
#include "text.h"

/* Milliseconds without output after which a process that has ended counts as silent, though others hold its streams. */
#define SILENCE 100
/* Bytes of input that may wait for the process: the daemon sends no more before TAKEN. */
#define INPUT_ROOM (64 * 1024)
/* Exit code of a process of whose end nothing is known. */
#define UNKNOWN 255
/* Children that ended before we were told that one of them is the process. */
#define EARLY 64

static struct plan plan = {.entry = -1};
static const char *memory;
static int command, process, is_running, has_ended, process_status, for_memory;
static int listening;
static struct winsize size;
static int signals = -1;
static struct { int pid, status; } early[EARLY];
static int early_count;
static struct { size_t start, length; int closing; unsigned char bytes[INPUT_ROOM]; } input;
static struct timespec end_time;
/* What we say of us: our pid, the process's. */
static uint32_t hello[2];

static int read_pid_file(void);

static void kill_command(void) {
    sys_kill(command, SIGKILL);
    CALL(__NR_wait4, command, 0, WALL, 0);
    command = 0;
}

/* A command that is ended may have started the process already, and left it to us. */
static void end_command(void) {
    if (command <= 0) return;
    kill_command();
    int left = plan.pid_file == NULL ? 0 : read_pid_file();
    if (left > 0 && CALL(__NR_wait4, left, 0, WNOHANG | WALL, 0) == 0) sys_kill(left, SIGKILL);
}

static void forget(void) {
    end_command();
    if (process > 0 && !has_ended) sys_kill(process, SIGKILL);
    // Nobody else waits for them. Without a process, all there is are the command's remains, which end with it.
    for (long pid = 1; pid > 0 && pid != process;) pid = CALL(__NR_wait4, -1, 0, WALL, 0);
    sys_exit(1);
}

static void resize(void) {
    if (plan.terminal && streams.out >= 0 && (size.rows > 0 || size.cols > 0)) CALL(__NR_ioctl, streams.out, TIOCSWINSZ, &size);
}

static void ended(int status) {
    has_ended = 1;
    process_status = status;
    for_memory = memory_verdict(status);
    CALL(__NR_clock_gettime, CLOCK_REALTIME, &end_time);
}

static int has_children(void) {
    char info[128];
    return CALL(__NR_waitid, 0, 0, info, WEXITED | WNOHANG | WNOWAIT | WALL, 0) == 0;
}

/* With the command gone, a process that is not our child has no end that we would learn of: unless its parent is what the
   command has left to us, and leaves the process to us in its turn, as crun does. */
static void check_child(void) {
    int status = UNKNOWN << 8;
    if (has_ended) return;
    long pid = CALL(__NR_wait4, process, &status, WNOHANG | WALL, 0);
    if (pid == 0 || (pid < 0 && has_children() && sys_kill(process, 0) == 0)) return;
    ended(status);
}

static void adopt(int pid) {
    if (is_running || pid <= 0) return;
    if (!child_terminal(&plan)) forget();
    process = pid;
    hello[1] = (uint32_t)pid;
    is_running = 1;
    // What the command was started by has nothing more to do. Until it is gone the process is its child: it would take the
    // process's end with it.
    if (command > 0) kill_command();
    resize();
    for (int i = 0; i < early_count; i++) if (early[i].pid == pid) ended(early[i].status);
    check_child();
    link_send_numbers(RUNNING, 1, (uint32_t)pid, 0, 0);
}

static int read_pid_file(void) {
    char text[32];
    int fd = sys_open(plan.pid_file, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return 0;
    long length = sys_read(fd, text, sizeof text - 1);
    sys_close(fd);
    if (length <= 0) return 0;
    text[length] = 0;
    return (int)parse_number(text);
}

static void command_ended(int status) {
    int code = (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
    command = 0;
    if (is_running) return check_child();
    link_send_numbers(COMMAND, 1, (uint32_t)code, 0, 0);
    if (plan.pid_file == NULL) return;
    int pid = code == 0 ? read_pid_file() : 0;
    if (pid > 0) adopt(pid);
    // Without a daemon, nobody else will say what is to become of it.
    else if (link_fd() < 0) forget();
}

static void reap(void) {
    char info[128];
    while (sys_read(signals, info, sizeof info) > 0) continue;
    for (;;) {
        int status = 0;
        int pid = (int)CALL(__NR_wait4, -1, &status, WNOHANG | WALL, 0);
        if (pid <= 0) return;
        if (pid == command) command_ended(status);
        else if (is_running && pid == process) ended(status);
        else if (!is_running && early_count < EARLY) {
            early[early_count].pid = pid;
            early[early_count++].status = status;
        }
    }
    if (is_running) check_child();
}

void link_came(void) {
    listening = 0;
    link_send_numbers(HELLO, 2, hello[0], hello[1], 0);
}

/* Without a daemon, only a command that leaves the process's id in a file can still come to an end. */
void link_went(void) {
    listening = 0;
    if (!is_running && (plan.pid_file == NULL || command == 0)) forget();
}

static void take_input(const unsigned char *data, size_t length) {
    if (streams.in < 0) {
        link_send_numbers(TAKEN, 1, (uint32_t)length, 0, 0);
        return;
    }
    if (input.start > 0) memmove(input.bytes, input.bytes + input.start, input.length);
    input.start = 0;
    if (input.length + length > INPUT_ROOM) return link_close();
    memcpy(input.bytes + input.length, data, length);
    input.length += length;
}

static void take_entry(const unsigned char *data, size_t length) {
    if (plan.entry < 0) return link_close();
    if (length > 0) return entrant_take(&plan, data, length) ? (void)0 : forget();
    command = entrant_start(&plan);
    if (command == 0) link_send_numbers(COMMAND, 1, NOT_ENTERED, 0, 0);
}

static uint32_t number(const unsigned char *data, size_t length, size_t index) {
    uint32_t value = 0;
    if ((index + 1) * 4 <= length) memcpy(&value, data + index * 4, 4);
    return value;
}

void frame_came(uint32_t type, const unsigned char *data, size_t length) {
    switch (type) {
    case INPUT: take_input(data, length); break;
    case CLOSE: input.closing = 1; break;
    case RESIZE:
        size.rows = (uint16_t)number(data, length, 0);
        size.cols = (uint16_t)number(data, length, 1);
        resize();
        break;
    case ADOPT: adopt((int)number(data, length, 0)); break;
    case LISTEN: listening = number(data, length, 0) != 0; break;
    case ABANDON: forget(); break;
    case ENTRY: take_entry(data, length); break;
    default: link_close();
    }
}

static void write_input(void) {
    while (input.length > 0) {
        long written = sys_write(streams.in, input.bytes + input.start, input.length);
        if (written == -EINTR) continue;
        if (written == -EAGAIN) return;
        size_t gone = written > 0 ? (size_t)written : input.length;
        input.start += gone;
        input.length -= gone;
        link_send_numbers(TAKEN, 1, (uint32_t)gone, 0, 0);
        // The process reads no more.
        if (written <= 0 && !plan.terminal) child_close(&streams.in);
        if (written <= 0) return;
    }
    // A terminal stays open, as where a keyboard is unplugged.
    if (input.closing && !plan.terminal) child_close(&streams.in);
}

/* Takes what there is of a stream; whether there was something. */
static int read_output(int stream, int *fd) {
    static char chunk[MOST_FRAME];
    long got = sys_read(*fd, chunk, sizeof chunk);
    if (got == -EINTR || got == -EAGAIN) return 0;
    if (got <= 0) {
        // Linux answers EIO once nobody holds the other side of a terminal.
        if (plan.terminal) streams.in = -1;
        child_close(fd);
        return 1;
    }
    log_take(stream, chunk, (size_t)got);
    if (listening) link_send(stream == STDOUT ? OUTPUT : ERRORS, chunk, (size_t)got);
    return 1;
}

static void leave_record(uint64_t milliseconds) {
    char text[64];
    char *end = put_number(text, (uint64_t)process_status, 1);
    *end++ = ' ';
    end = put_number(end, milliseconds, 1);
    *end++ = ' ';
    end = put_number(end, (uint64_t)for_memory, 1);
    *end++ = '\n';
    int fd = sys_open("exit.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return;
    int whole = sys_write(fd, text, (size_t)(end - text)) == end - text;
    sys_close(fd);
    if (whole) sys_rename("exit.new", "exit");
}

/* All is written and sent: says how it ended, and has nothing more to do. */
static void finish(void) {
    uint64_t milliseconds = (uint64_t)end_time.tv_sec * 1000 + (uint64_t)end_time.tv_nsec / 1000000;
    log_close();
    leave_record(milliseconds);
    uint32_t numbers[] = {(uint32_t)process_status, (uint32_t)milliseconds, (uint32_t)(milliseconds >> 32), (uint32_t)for_memory};
    link_send(ENDED, numbers, sizeof numbers);
    while (link_fd() >= 0 && link_busy()) {
        struct pollfd wait = {link_fd(), POLLOUT, 0};
        CALL(__NR_ppoll, &wait, 1, 0, 0, 0);
        link_flush();
    }
    link_end();
    sys_exit(0);
}

static void turn(void) {
    enum { SIGNALS, LISTENER, LINK, OUT, ERR, IN, ALL };
    // A daemon that is behind makes the process wait, as a terminal would.
    int reads = is_running && !(listening && link_busy());
    struct pollfd wait[ALL] = {
        [SIGNALS] = {signals, POLLIN, 0},
        [LISTENER] = {link_listener(), POLLIN, 0},
        [LINK] = {link_fd(), (short)(POLLIN | (link_busy() ? POLLOUT : 0)), 0},
        [OUT] = {reads ? streams.out : -1, POLLIN, 0},
        [ERR] = {reads ? streams.err : -1, POLLIN, 0},
        [IN] = {is_running && (input.length > 0 || input.closing) ? streams.in : -1, POLLOUT, 0},
    };
    struct timespec silence = {0, SILENCE * 1000000};
    int patient = !has_ended || !reads;
    long ready = CALL(__NR_ppoll, wait, ALL, patient ? NULL : &silence, 0, 0);
    if (ready == 0 && !patient) finish();
    if (wait[SIGNALS].revents) reap();
    if (wait[LINK].revents & POLLOUT) link_flush();
    if (wait[LINK].revents & ~POLLOUT && wait[LINK].fd == link_fd()) link_read();
    if (wait[LISTENER].revents) link_accept(hello);
    if (wait[IN].revents && streams.in >= 0) write_input();
    if (wait[OUT].revents && streams.out >= 0 && !(listening && link_busy())) read_output(STDOUT, &streams.out);
    if (wait[ERR].revents && streams.err >= 0 && !(listening && link_busy())) read_output(STDERR, &streams.err);
    if (has_ended && streams.out < 0 && streams.err < 0) finish();
}

/* Signals are read when there is time; those that are meant for a daemon's whole family are not for us. */
static void hold_signals(void) {
    uint64_t child = 1ull << (SIGCHLD - 1);
    uint64_t held = child | 1ull << (SIGHUP - 1) | 1ull << (SIGINT - 1) | 1ull << (SIGTERM - 1) | 1ull << (SIGPIPE - 1) | 1ull << (SIGXFSZ - 1);
    CALL(__NR_rt_sigprocmask, SIG_BLOCK, &held, 0, sizeof held);
    signals = (int)CALL(__NR_signalfd4, -1, &child, sizeof child, O_CLOEXEC | O_NONBLOCK);
}

/* `keeper FOLDER [-t] [-i] [-a] [-uUID] [-gGID] [-xCOUNT] [-pFILE] [-cFOLDER] [-mFOLDER] [-lFILE] [-sBYTES] [-nFILES] -- COMMAND…`, or
   with `-e [-fFILE] [-wWORD]` and without a command (README.md) */
int keeper_main(int argc, char **argv, char **env) {
    const char *log = NULL;
    uint64_t log_size = 0, log_files = 1;
    int attached = 0, enters = 0, at = 2;
    for (; at < argc && !(argv[at][0] == '-' && argv[at][1] == '-'); at++) {
        const char *value = argv[at] + 2;
        switch (argv[at][1]) {
        case 't': plan.terminal = 1; break;
        case 'i': plan.input = 1; break;
        case 'a': attached = 1; break;
        case 'u': plan.uid = (uint32_t)parse_number(value); break;
        case 'g': plan.gid = (uint32_t)parse_number(value); break;
        case 'x': plan.extra = (int)parse_number(value); break;
        case 'p': plan.pid_file = value; break;
        case 'c': plan.cgroup = value; break;
        case 'e': enters = 1; break;
        case 'f': entrant_freezer(value); break;
        case 'w': entrant_word(value); break;
        case 'm': memory = value; break;
        case 'l': log = value; break;
        case 's': log_size = parse_number(value); break;
        case 'n': log_files = parse_number(value); break;
        default: return 2;
        }
    }
    if (at + 1 >= argc && !enters) return 2;
    if (enters && !entrant_prepare(&plan, argv[1])) return 2;
    if (CALL(__NR_chdir, argv[1]) < 0) return 2;
    plan.command = argv + at + 1;
    plan.environment = env;
    hello[0] = (uint32_t)CALL(__NR_getpid, 0);
    CALL(__NR_setsid, 0);
    CALL(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    hold_signals();
    log_open(log, log_size, (unsigned)log_files);
    if (signals < 0 || !link_listen("keeper.sock")) return 3;
    link_use(3);
    listening = attached;
    memory_watch(memory);
    // What is to be entered comes over the link.
    if (!enters && (command = child_start(&plan)) <= 0) return 4;
    for (;;) turn();
}
