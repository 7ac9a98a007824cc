#include "link.h"
#include "text.h"

#define HEADER 8
/* Beside one frame of output, some short ones may wait. */
#define ROOM (HEADER + MOST_FRAME + 1024)

static int fd = -1, listener = -1;
static struct { size_t start, length; unsigned char bytes[ROOM]; } out;
static struct { size_t length; unsigned char bytes[HEADER + MOST_FRAME]; } in;

int link_fd(void) { return fd; }
int link_listener(void) { return listener; }
int link_busy(void) { return out.length > 0; }

void link_use(int connection) {
    link_close();
    fd = connection;
    if (fd < 0) return;
    sys_fcntl(fd, F_SETFD, FD_CLOEXEC);
    sys_fcntl(fd, F_SETFL, sys_fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
    link_came();
}

void link_close(void) {
    if (fd < 0) return;
    sys_close(fd);
    fd = -1;
    out.length = out.start = in.length = 0;
    link_went();
}

void link_end(void) {
    // The next daemon goes by the record.
    sys_close(listener);
    if (fd < 0) return;
    CALL(__NR_shutdown, fd, SHUT_WR);
    for (;;) {
        struct pollfd wait = {fd, POLLIN, 0};
        CALL(__NR_ppoll, &wait, 1, 0, 0, 0);
        long got = sys_read(fd, in.bytes, sizeof in.bytes);
        if (got <= 0 && got != -EINTR && got != -EAGAIN) return;
    }
}

int link_listen(const char *name) {
    struct sockaddr_un address = {AF_UNIX, ""};
    *put_text(address.path, name) = 0;
    listener = (int)CALL(__NR_socket, AF_UNIX, SOCK_STREAM | O_CLOEXEC | O_NONBLOCK, 0);
    if (listener < 0) return 0;
    if (CALL(__NR_bind, listener, &address, sizeof address) < 0) return 0;
    return CALL(__NR_listen, listener, 4) >= 0;
}

void link_accept(const uint32_t hello[2]) {
    // The last daemon may just have died, with something unread.
    while (fd >= 0 && link_read()) continue;
    int connection = (int)CALL(__NR_accept4, listener, 0, 0, O_CLOEXEC | O_NONBLOCK);
    if (connection < 0) return;
    if (fd < 0) return link_use(connection);
    uint32_t frame[4] = {8, HELLO, hello[0], hello[1]};
    CALL(__NR_sendto, connection, frame, sizeof frame, MSG_NOSIGNAL | MSG_DONTWAIT);
    sys_close(connection);
}

void link_send(uint32_t type, const void *data, size_t length) {
    if (fd < 0) return;
    if (out.start > 0) memmove(out.bytes, out.bytes + out.start, out.length);
    out.start = 0;
    // A daemon that reads nothing of all this is none; the next one is told anew.
    if (length > MOST_FRAME || out.length + HEADER + length > ROOM) return link_close();
    uint32_t header[2] = {(uint32_t)length, type};
    memcpy(out.bytes + out.length, header, HEADER);
    memcpy(out.bytes + out.length + HEADER, data, length);
    out.length += HEADER + length;
    link_flush();
}

void link_send_numbers(uint32_t type, int count, uint32_t first, uint32_t second, uint32_t third) {
    uint32_t numbers[3] = {first, second, third};
    link_send(type, numbers, (size_t)count * 4);
}

void link_flush(void) {
    while (fd >= 0 && out.length > 0) {
        long sent = CALL(__NR_sendto, fd, out.bytes + out.start, out.length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent == -EINTR) continue;
        if (sent == -EAGAIN) return;
        if (sent <= 0) return link_close();
        out.start += (size_t)sent;
        out.length -= (size_t)sent;
    }
    if (out.length == 0) out.start = 0;
}

int link_read(void) {
    long got = sys_read(fd, in.bytes + in.length, sizeof in.bytes - in.length);
    if (got == -EINTR) return 1;
    if (got == -EAGAIN) return 0;
    if (got <= 0) return link_close(), 0;
    in.length += (size_t)got;
    size_t at = 0;
    while (in.length - at >= HEADER) {
        uint32_t header[2];
        memcpy(header, in.bytes + at, HEADER);
        if (header[0] > MOST_FRAME) return link_close(), 0;
        if (in.length - at - HEADER < header[0]) break;
        frame_came(header[1], in.bytes + at + HEADER, header[0]);
        // What came may have ended the connection.
        if (fd < 0) return 0;
        at += HEADER + header[0];
    }
    in.length -= at;
    memmove(in.bytes, in.bytes + at, in.length);
    return 1;
}
