#include "plan.h"
#include "text.h"

#define PROT_READ_WRITE 3
#define MAP_PRIVATE_ANONYMOUS 0x22
/* The kernel takes no more for a command and its environment. */
#define MOST_PLAN (8 * 1024 * 1024)

static void *take_memory(size_t length) {
    long at = CALL(__NR_mmap, 0, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1);
    return at < 0 && at > -4096 ? NULL : (void *)at;
}

static char *read_all(int fd, size_t *length) {
    long size = CALL(__NR_lseek, fd, 0, SEEK_END);
    if (size <= 0 || size > MOST_PLAN || CALL(__NR_lseek, fd, 0, SEEK_SET) != 0) return NULL;
    char *bytes = take_memory((size_t)size);
    size_t at = 0;
    while (bytes != NULL && at < (size_t)size) {
        long got = sys_read(fd, bytes + at, (size_t)size - at);
        if (got <= 0) return NULL;
        at += (size_t)got;
    }
    *length = (size_t)size;
    return bytes;
}

/* The value where the text begins with this key and `=`, else NULL. */
static char *value_of(char *text, const char *key) {
    while (*key != 0 && *text == *key) text++, key++;
    return *key == 0 && *text == '=' ? text + 1 : NULL;
}

static const char *after_space(const char *text) {
    while (*text != 0 && *text != ' ') text++;
    return *text == 0 ? text : text + 1;
}

/* A whole 64-bit number, which `parse_number` would cut. */
static uint64_t whole_number(const char *text) {
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + (uint64_t)(*text - '0');
    return value;
}

static int take_limit(struct entry *entry, const char *value) {
    if (entry->limit_count == MOST_LIMITS) return 0;
    const char *soft = after_space(value), *hard = after_space(soft);
    if (*soft == 0 || *hard == 0) return 0;
    entry->limits[entry->limit_count++] = (struct limit){(int)parse_number(value), whole_number(soft), whole_number(hard)};
    return 1;
}

static int take_size(struct entry *entry, const char *value) {
    entry->size.rows = (uint16_t)parse_number(value);
    entry->size.cols = (uint16_t)parse_number(after_space(value));
    return 1;
}

/* Takes one text; 0 where it is none of ours. */
static int take(struct entry *entry, char *text, size_t counts[2]) {
    char *v;
    if ((v = value_of(text, "arg"))) return entry->command[counts[0]++] = v, 1;
    if ((v = value_of(text, "env"))) return entry->environment[counts[1]++] = v, 1;
    if ((v = value_of(text, "pid"))) return entry->pid = (int)parse_number(v), 1;
    if ((v = value_of(text, "start"))) return entry->start = whole_number(v), 1;
    if ((v = value_of(text, "namespaces"))) return entry->namespaces = (int)parse_number(v), 1;
    if ((v = value_of(text, "tasks"))) return entry->task_count < MOST_CGROUPS && (entry->tasks[entry->task_count++] = v);
    if ((v = value_of(text, "keyring"))) return entry->keyring = v, 1;
    if ((v = value_of(text, "oom"))) return entry->oom_score_adj = v, 1;
    if ((v = value_of(text, "umask"))) return entry->umask = v, 1;
    if ((v = value_of(text, "console"))) return entry->console = v, 1;
    if ((v = value_of(text, "size"))) return take_size(entry, v);
    if ((v = value_of(text, "limit"))) return take_limit(entry, v);
    if ((v = value_of(text, "uid"))) return entry->uid = (uint32_t)parse_number(v), 1;
    if ((v = value_of(text, "gid"))) return entry->gid = (uint32_t)parse_number(v), 1;
    if ((v = value_of(text, "group"))) {
        return entry->group_count < MOST_GROUPS && (entry->groups[entry->group_count++] = (uint32_t)parse_number(v), 1);
    }
    if ((v = value_of(text, "bounding"))) return entry->bounding = whole_number(v), 1;
    if ((v = value_of(text, "own"))) return entry->own = whole_number(v), 1;
    if ((v = value_of(text, "no-new-privileges"))) return entry->no_new_privileges = 1;
    if ((v = value_of(text, "search"))) return entry->search_count < MOST_FOLDERS && (entry->search[entry->search_count++] = v);
    if ((v = value_of(text, "cwd"))) return entry->cwd = v, 1;
    return 0;
}

int plan_read(int fd, struct entry *entry) {
    size_t length = 0, texts = 0, at = 0, counts[2] = {0, 0};
    char *bytes = read_all(fd, &length);
    if (bytes == NULL) return 0;
    // Up to the empty text, each one ends within what has been read.
    for (size_t i = 0; i < length; i++) if (bytes[i] == 0) texts++;
    entry->command = take_memory((texts + 1) * 2 * sizeof(char *));
    if (entry->command == NULL) return 0;
    entry->environment = entry->command + texts + 1;
    while (texts-- > 0 && bytes[at] != 0) {
        if (!take(entry, bytes + at, counts)) return 0;
        at += text_length(bytes + at) + 1;
    }
    if (at >= length || bytes[at] != 0) return 0;
    entry->filter.bytes = bytes + at + 1;
    entry->filter.length = length - at - 1;
    return entry->pid > 0 && entry->start > 0 && entry->cwd != NULL && counts[0] > 0;
}
