#include "join.h"
#include "text.h"

#define KEYCTL_JOIN_SESSION_KEYRING 1
/* Fields of /proc/PID/stat after the name: the start time is the 20th of them. */
#define START_TIME 20

int write_text(const char *file, const char *text) {
    int fd = sys_open(file, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0) return 0;
    size_t length = text_length(text);
    int whole = sys_write(fd, text, length) == (long)length;
    sys_close(fd);
    return whole;
}

static uint64_t start_time(int pid) {
    char path[32], text[1024];
    *put_text(put_number(put_text(path, "/proc/"), (uint64_t)pid, 1), "/stat") = 0;
    int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return 0;
    long length = sys_read(fd, text, sizeof text - 1);
    sys_close(fd);
    if (length <= 0) return 0;
    text[length] = 0;
    // The name is in parentheses and may hold anything.
    const char *at = text + length;
    while (at > text && *at != ')') at--;
    for (int field = 0; field < START_TIME; field++) {
        while (*at != 0 && *at != ' ') at++;
        if (*at == 0) return 0;
        at++;
    }
    return parse_number(at);
}

int find_container(const struct entry *entry) {
    int container = (int)CALL(__NR_pidfd_open, entry->pid, 0);
    // Read after it has been opened: another process with the same id was started later.
    if (container >= 0 && start_time(entry->pid) != entry->start) return -1;
    return container;
}

int join_cgroups(const struct entry *entry) {
    // A thread that moves itself does not make the kernel wait for all others, as a process does.
    for (int i = 0; i < entry->task_count; i++) if (!write_text(entry->tasks[i], "0")) return 0;
    return 1;
}

int join_keyring(const char *name) {
    long result = CALL(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
    // A kernel without keyrings has none that could be somebody else's.
    return result >= 0 || result == -ENOSYS;
}

int join_namespaces(int container, int namespaces) {
    return CALL(__NR_setns, container, namespaces) == 0;
}
