#include "program.h"
#include "text.h"

static int has_slash(const char *name) {
    for (; *name != 0; name++) if (*name == '/') return 1;
    return 0;
}

int program_become(char **command, char **environment) {
    int error = ENOENT;
    if (has_slash(command[0])) return (int)-CALL(__NR_execve, command[0], command, environment);
    for (char **each = environment; *each != NULL; each++) {
        if ((*each)[0] != 'P' || (*each)[1] != 'A' || (*each)[2] != 'T' || (*each)[3] != 'H' || (*each)[4] != '=') continue;
        for (const char *folder = *each + 5; *folder != 0;) {
            char path[4096];
            size_t length = 0;
            while (folder[length] != 0 && folder[length] != ':') length++;
            if (length > 0 && length + text_length(command[0]) + 2 <= sizeof path) {
                memcpy(path, folder, length);
                path[length] = '/';
                *put_text(path + length + 1, command[0]) = 0;
                long result = -CALL(__NR_execve, path, command, environment);
                // One that is there and cannot be executed says more than all that are not there.
                if (result != ENOENT && result != ENOTDIR) error = (int)result;
            }
            folder += folder[length] == 0 ? length : length + 1;
        }
    }
    return error;
}

/* Whether it is a file, and not a folder, with a right to be executed. */
static int may_be_executed(const char *path) {
    struct { uint32_t mask, block; uint64_t attributes; uint32_t links, uid, gid; uint16_t mode, spare[1 + 112]; } info;
    if (CALL(__NR_statx, AT_FDCWD, path, 0, STATX_TYPE | STATX_MODE, &info) < 0) return 0;
    return (info.mode & S_IFMT) != S_IFDIR && (info.mode & 0111) != 0;
}

void program_become_first(char **command, char **environment, const char *const *folders) {
    const char *name = command[0];
    char path[4096];
    if (has_slash(name)) CALL(__NR_execve, name, command, environment);
    for (; !has_slash(name) && *name != 0 && *folders != NULL; folders++) {
        if (text_length(*folders) + text_length(name) + 2 > sizeof path) return;
        *put_text(put_text(put_text(path, *folders), "/"), name) = 0;
        if (!may_be_executed(path)) continue;
        CALL(__NR_execve, path, command, environment);
        return;
    }
}
