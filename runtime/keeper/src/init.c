#include "init.h"
#include "program.h"
#include "text.h"

#define BIT(signal) (1ull << ((signal) - 1))
/* Faults of our own, which nobody sends on. */
#define FAULTS (BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGABRT) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGSEGV) | BIT(SIGSYS))
/* They would stop us when the command has the terminal: held, and never asked for. */
#define TERMINAL (BIT(SIGTTIN) | BIT(SIGTTOU))

int is_init(const char *name) {
    static const char wanted[] = "docker-init";
    size_t length = text_length(name), own = sizeof wanted - 1;
    if (length < own) return 0;
    for (size_t i = 0; i < own; i++) if (name[length - own + i] != wanted[i]) return 0;
    return length == own || name[length - own - 1] == '/';
}

static void say(const char *text) {
    sys_write(2, text, text_length(text));
}

/* The command is a group of its own, which has the terminal where there is one. */
static void become(char **command, char **env, uint64_t *mask) {
    int pid = (int)CALL(__NR_getpid, 0);
    CALL(__NR_setpgid, 0, 0);
    CALL(__NR_ioctl, 0, TIOCSPGRP, &pid);
    CALL(__NR_rt_sigprocmask, SIG_SETMASK, mask, 0, sizeof *mask);
    int error = program_become(command, env);
    say("[FATAL docker-init] exec ");
    say(command[0]);
    say(error == ENOENT ? " failed: No such file or directory\n" : " failed: it cannot be executed\n");
    sys_exit(error == ENOENT ? 127 : 126);
}

int init_main(char **argv, char **env) {
    char **command = argv + 1;
    if (command[0] != NULL && command[0][0] == '-' && command[0][1] == '-' && command[0][2] == 0) command++;
    if (command[0] == NULL) return 1;
    uint64_t held = ~FAULTS, awaited = ~(FAULTS | TERMINAL), before = 0;
    CALL(__NR_rt_sigprocmask, SIG_SETMASK, &held, &before, sizeof held);
    // Where the pids are the machine's, orphans come to us by this.
    CALL(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    int child = (int)CALL(__NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) become(command, env, &before);
    if (child < 0) return 1;
    for (;;) {
        long signal = CALL(__NR_rt_sigtimedwait, &awaited, 0, 0, sizeof awaited);
        // Not yet waited for, so that the id is still the command's.
        if (signal > 0 && signal != SIGCHLD) sys_kill(child, (int)signal);
        for (;;) {
            int status = 0;
            int pid = (int)CALL(__NR_wait4, -1, &status, WNOHANG | WALL, 0);
            if (pid <= 0) break;
            if (pid == child) return (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
        }
    }
}
