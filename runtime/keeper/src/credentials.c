#include "credentials.h"

#define CAPABILITY_VERSION_3 0x20080522u
#define MOST_CAPABILITIES 64

static long prctl(long option, long first, long second) {
    return CALL(__NR_prctl, option, first, second, 0, 0, 0);
}

void hide(void) {
    prctl(PR_SET_DUMPABLE, 0, 0);
}

int drop_bounding(uint64_t keep) {
    for (int number = 0; number < MOST_CAPABILITIES; number++) {
        long has = prctl(PR_CAPBSET_READ, number, 0);
        // The kernel knows no more of them.
        if (has < 0) return number > 0;
        if (has > 0 && (keep >> number & 1) == 0 && prctl(PR_CAPBSET_DROP, number, 0) < 0) return 0;
    }
    return 1;
}

int become_user(const struct entry *entry) {
    if (prctl(PR_SET_KEEPCAPS, 1, 0) < 0) return 0;
    if (CALL(__NR_setgroups, entry->group_count, entry->groups) < 0) return 0;
    if (CALL(__NR_setresgid, entry->gid, entry->gid, entry->gid) < 0) return 0;
    if (CALL(__NR_setresuid, entry->uid, entry->uid, entry->uid) < 0) return 0;
    // Another user is the reason for the kernel to decide this anew.
    hide();
    return 1;
}

int set_capabilities(uint64_t own) {
    struct { uint32_t version; int pid; } header = {CAPABILITY_VERSION_3, 0};
    struct { uint32_t effective, permitted, inheritable; } data[2];
    for (int half = 0; half < 2; half++) {
        uint32_t bits = (uint32_t)(own >> (32 * half));
        data[half].effective = data[half].permitted = bits;
        data[half].inheritable = 0;
    }
    if (prctl(PR_SET_KEEPCAPS, 0, 0) < 0 || CALL(__NR_capset, &header, data) < 0) return 0;
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0) == 0;
}

int set_limits(const struct entry *entry) {
    for (int i = 0; i < entry->limit_count; i++) {
        const struct limit *limit = &entry->limits[i];
        uint64_t values[2] = {limit->soft, limit->hard};
        if (CALL(__NR_prlimit64, 0, limit->resource, values, 0) < 0) return 0;
    }
    return 1;
}
