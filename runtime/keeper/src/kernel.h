// The kernel's interface as far as the keeper needs it: no C library is linked, so that one small file runs everywhere.
#ifndef KERNEL_H
#define KERNEL_H

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>

#define AT_FDCWD (-100)
#define AT_EMPTY_PATH 0x1000
#define EPERM 1
#define ENOENT 2
#define EINTR 4
#define EIO 5
#define EAGAIN 11
#define EACCES 13
#define ENOTDIR 20
#define ENOSYS 38
#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_CREAT 0100
#define O_EXCL 0200
#define O_NOCTTY 0400
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_NONBLOCK 04000
#define O_CLOEXEC 02000000
#define F_SETFD 2
#define F_DUPFD_CLOEXEC 1030
#define F_GETFL 3
#define F_SETFL 4
#define FD_CLOEXEC 1
#define S_IFMT 0170000
#define S_IFDIR 0040000
#define STATX_TYPE 1
#define STATX_MODE 2
#define SEEK_SET 0
#define SEEK_END 2
#define POLLIN 1
#define SHUT_WR 1
#define POLLOUT 4
#define POLLERR 8
#define POLLHUP 16
#define SIGHUP 1
#define SIGINT 2
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGSEGV 11
#define SIGPIPE 13
#define SIGTERM 15
#define SIGCHLD 17
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGXFSZ 25
#define SIGSYS 31
#define SIG_BLOCK 0
#define SIG_SETMASK 2
#define WNOHANG 1
#define WEXITED 4
#define WNOWAIT 0x1000000
#define WALL 0x40000000
#define AF_UNIX 1
#define SOCK_STREAM 1
#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define MSG_DONTWAIT 0x40
#define MSG_NOSIGNAL 0x4000
#define MSG_CMSG_CLOEXEC 0x40000000
#define PR_SET_DUMPABLE 4
#define PR_SET_KEEPCAPS 8
#define PR_CAPBSET_READ 23
#define PR_CAPBSET_DROP 24
#define PR_SET_CHILD_SUBREAPER 36
#define PR_SET_NO_NEW_PRIVS 38
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#define TIOCSCTTY 0x540e
#define TIOCSPGRP 0x5410
#define TIOCSWINSZ 0x5414
#define TIOCGPTPEER 0x5441
#define TIOCSPTLCK 0x40045431
#define CLOCK_REALTIME 0

struct timespec { int64_t tv_sec, tv_nsec; };
struct pollfd { int fd; short events, revents; };
struct winsize { uint16_t rows, cols, x, y; };
struct sockaddr_un { uint16_t family; char path[108]; };
struct iovec { void *base; size_t length; };
struct msghdr { void *name; uint32_t name_length; struct iovec *iov; size_t iov_length; void *control; size_t control_length; uint32_t flags; };
struct cmsghdr { size_t length; int level, type; int fd; };

static inline long syscall6(long n, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#else
#error "this processor is not known"
#endif
}

#define CALL(n, ...) CALL_(n, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(n, a, b, c, d, e, f, ...) \
    syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static inline long sys_read(int fd, void *into, size_t length) { return CALL(__NR_read, fd, into, length); }
static inline long sys_write(int fd, const void *from, size_t length) { return CALL(__NR_write, fd, from, length); }
static inline int sys_open(const char *path, int flags, int mode) { return (int)CALL(__NR_openat, AT_FDCWD, path, flags, mode); }
static inline int sys_close(int fd) { return (int)CALL(__NR_close, fd); }
static inline int sys_rename(const char *from, const char *to) { return (int)CALL(__NR_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0); }
static inline int sys_unlink(const char *path) { return (int)CALL(__NR_unlinkat, AT_FDCWD, path, 0); }
static inline int sys_kill(int pid, int signal) { return (int)CALL(__NR_kill, pid, signal); }
static inline void sys_exit(int code) { for (;;) CALL(__NR_exit_group, code); }
static inline int sys_fcntl(int fd, int command, long value) { return (int)CALL(__NR_fcntl, fd, command, value); }

// Those that GCC may call by itself.
void *memcpy(void *to, const void *from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int value, size_t length);

#endif
