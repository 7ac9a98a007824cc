// Where the kernel starts the program, and the memory functions that GCC takes for granted.
#include "enter.h"
#include "front.h"
#include "init.h"
#include "seccomp.h"
#include "text.h"

int keeper_main(int argc, char **argv, char **env);

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call enter\n hlt\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n mov x29, #0\n mov x0, sp\n bl enter\n brk #0\n");
#endif

/* The stack as the kernel leaves it: argc, argv, NULL, environment, NULL. */
__attribute__((used)) void enter(long *stack) {
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    char **env = argv + argc + 1;
    if (argc < 1) sys_exit(2);
    if (is_init(argv[0])) sys_exit(init_main(argv, env));
    if (argc == 1 && text_equal(argv[0], ENTERING)) sys_exit(enter_main());
    // An earlier daemon, whose program has been replaced, told it so: it has the runtime do it then.
    if (argc == 4 && text_equal(argv[1], "--enter")) sys_exit(NOT_ENTERED);
    if (argc == 4 && text_equal(argv[1], "--filter")) sys_exit(seccomp_read((int)parse_number(argv[2]), argv[3]));
    sys_exit(is_front(argc, argv) ? front_main(argc, argv, env) : keeper_main(argc, argv, env));
}

void *memcpy(void *to, const void *from, size_t length) {
    char *t = to;
    const char *f = from;
    for (; length >= 8; length -= 8, t += 8, f += 8) __builtin_memcpy(t, f, 8);
    while (length-- > 0) *t++ = *f++;
    return to;
}

void *memmove(void *to, const void *from, size_t length) {
    char *t = to;
    const char *f = from;
    if (t <= f) return memcpy(to, from, length);
    while (length-- > 0) t[length] = f[length];
    return to;
}

void *memset(void *to, int value, size_t length) {
    char *t = to;
    while (length-- > 0) *t++ = (char)value;
    return to;
}
