// The connection to the daemon: one at a time, who comes meanwhile is told who we are and sent away. Frames go both ways: length and
// type as 32-bit little-endian numbers, then so many bytes. What may wait here is bounded; nothing ever blocks.
#ifndef LINK_H
#define LINK_H

#include "kernel.h"

/* To the daemon. */
enum {
    HELLO = 'H',   /* keeper's pid, process's pid (0: not yet), both 32 bits */
    COMMAND = 'D', /* the command that starts the process has ended: exit code */
    RUNNING = 'R', /* pid */
    OUTPUT = 'O',  /* bytes of stdout, or of the terminal */
    ERRORS = 'E',  /* bytes of stderr */
    TAKEN = 'K',   /* so many bytes of input have been passed on */
    ENDED = 'X',   /* wait status, milliseconds since the epoch in 64 bits, what is known of its memory (memory.h) */
};

/* From the daemon. */
enum {
    INPUT = 'I',   /* bytes for stdin */
    CLOSE = 'C',   /* no more input */
    RESIZE = 'W',  /* rows, columns */
    ADOPT = 'P',   /* pid of the process to keep */
    LISTEN = 'S',  /* 1: send the output, 0: do not */
    ABANDON = 'Q', /* kill all and forget it */
    ENTRY = 'N',   /* a piece of what is to be entered (plan.h); an empty one: that is all */
};

/* Most bytes of a frame, and most output that is sent at once. */
#define MOST_FRAME (64 * 1024)

/* Takes a connection that stands already, or -1. */
void link_use(int fd);
/* Makes a socket of this name in the working folder; 0 where that fails. */
int link_listen(const char *name);
/* `hello` is what one is told who is not needed. */
void link_accept(const uint32_t hello[2]);
int link_fd(void);
int link_listener(void);
/* Whether something waits to be sent. */
int link_busy(void);
void link_send(uint32_t type, const void *data, size_t length);
void link_send_numbers(uint32_t type, int count, uint32_t first, uint32_t second, uint32_t third);
/* Sends what waits, as far as the kernel takes it. */
void link_flush(void);
/* Reads what has come, each whole frame goes to `frame_came`; whether there was something. */
int link_read(void);
void link_close(void);
/* Nothing more is said or heard: waits until the other side has taken all and closes. One that writes to a connection whose
   other end is gone could read no more of it. */
void link_end(void);

/* Who uses the link says what happens. */
void frame_came(uint32_t type, const unsigned char *data, size_t length);
void link_came(void);
void link_went(void);

#endif
