// What `enter` is told: `key=value` texts that each end with a zero byte, an empty one, then the seccomp filter.
#ifndef PLAN_H
#define PLAN_H

#include "kernel.h"
#include "seccomp.h"

#define MOST_GROUPS 256
#define MOST_CGROUPS 32
#define MOST_LIMITS 16
#define MOST_FOLDERS 64

struct limit { int resource; uint64_t soft, hard; };

struct entry {
    /* The container's first process, and when it was started (clock ticks since boot). */
    int pid;
    uint64_t start;
    /* CLONE_NEW… of the namespaces to join. */
    int namespaces;
    /* Files to which a thread that joins a control group writes. */
    const char *tasks[MOST_CGROUPS];
    int task_count;
    /* NULL where nothing is to be changed. */
    const char *keyring, *oom_score_adj, *umask;
    /* Name of the socket for the terminal's master, NULL without a terminal; its size, 0 where nothing is known of it. */
    const char *console;
    struct winsize size;
    struct limit limits[MOST_LIMITS];
    int limit_count;
    uint32_t uid, gid, groups[MOST_GROUPS];
    size_t group_count;
    /* Sets of capabilities as bits; `own` are effective and permitted, nothing is inheritable or ambient. */
    uint64_t bounding, own;
    int no_new_privileges;
    const char *cwd;
    char **command, **environment;
    /* Where to look for the command; the last one is NULL. */
    const char *search[MOST_FOLDERS + 1];
    int search_count;
    struct filter filter;
};

/* Reads all of it from a descriptor; 0 where it is not whole, or says what is not known. */
int plan_read(int fd, struct entry *entry);

#endif
