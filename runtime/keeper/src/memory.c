#include "memory.h"
#include "text.h"

static const char *group;
static int64_t above_before;

/* The number of the line `oom_kill N` in a file of a group; -1 where it is gone. */
static int64_t count_kills(const char *folder, size_t length, const char *file) {
    char path[4096], text[1024];
    if (length + text_length(file) >= sizeof path) return -1;
    memcpy(path, folder, length);
    *put_text(path + length, file) = 0;
    int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return -1;
    long got = sys_read(fd, text, sizeof text - 1);
    sys_close(fd);
    if (got <= 0) return -1;
    text[got] = 0;
    for (const char *at = text; *at != 0;) {
        const char *name = "oom_kill ", *line = at;
        while (*name != 0 && *line == *name) line++, name++;
        if (*name == 0) return (int64_t)parse_number(line);
        while (*at != 0 && *at != '\n') at++;
        if (*at != 0) at++;
    }
    return -1;
}

static int64_t count_here(void) {
    size_t length = text_length(group);
    int64_t kills = count_kills(group, length, "/memory.events");
    return kills >= 0 ? kills : count_kills(group, length, "/memory.oom_control");
}

/* In version 2 a group counts those of all groups below it too, and that above ours stays. */
static int64_t count_above(void) {
    size_t length = text_length(group);
    while (length > 0 && group[length - 1] != '/') length--;
    return length < 2 ? -1 : count_kills(group, length - 1, "/memory.events");
}

void memory_watch(const char *folder) {
    group = folder;
    // A group that is not there yet has counted nothing.
    if (group != NULL && (above_before = count_above()) < 0) above_before = 0;
}

int memory_verdict(int status) {
    if (group == NULL) return NOTHING_KNOWN;
    int64_t kills = count_here();
    if (kills >= 0) return kills > 0 ? KILLED_FOR_MEMORY : SURVIVED;
    // The group is gone already. A process that was killed, and a kill for memory near it: the same one, unless somebody else did it.
    int64_t above = count_above();
    if (above < 0) return NOTHING_KNOWN;
    return above > above_before && (status & 0x7f) == SIGKILL ? LIKELY_FOR_MEMORY : SURVIVED;
}
