#include "log.h"
#include "text.h"

/* Longest line that is kept in one piece: Docker's own limit. */
#define LINE (16 * 1024)
/* A line of LINE bytes that are all control characters, with what stands around it. */
#define MOST_JSON (LINE * 6 + 128)
#define MOST_PATH 4096

static const char *log_path;
static uint64_t log_limit, log_size;
static unsigned log_files;
static int log_fd = -1;
/* The file does not end with a whole line: the disk was full. */
static int log_torn;

static struct { size_t length; char text[LINE]; } partial[2];
static char json[(1 << 16) + MOST_JSON];
static size_t json_length;

static int is_full(void) {
    return log_limit > 0 && log_size >= log_limit;
}

static int open_file(void) {
    log_fd = sys_open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0) return 0;
    long end = CALL(__NR_lseek, log_fd, 0, SEEK_END);
    log_size = end > 0 ? (uint64_t)end : 0;
    return 1;
}

static void numbered(char *into, unsigned number) {
    into = put_text(into, log_path);
    if (number > 0) {
        *into++ = '.';
        into = put_number(into, number, 1);
    }
    *into = 0;
}

/* path.1 becomes path.2 and so on; the file itself path.1. */
static void rotate(void) {
    static char from[MOST_PATH + 16], to[MOST_PATH + 16];
    sys_close(log_fd);
    log_fd = -1;
    if (log_files <= 1) {
        sys_unlink(log_path);
        return;
    }
    for (unsigned number = log_files - 1; number > 0; number--) {
        numbered(from, number - 1);
        numbered(to, number);
        sys_rename(from, to);
    }
}

/* A disk that is full must not stop the container: what it cannot take is not kept, and the next line begins anew. */
static void flush(void) {
    size_t done = 0;
    // The line that fills a file stays readable until there is another: of one file, too.
    if (json_length > 0 && (log_fd >= 0 || open_file()) && is_full()) rotate();
    if (json_length > 0 && (log_fd >= 0 || open_file())) {
        if (log_torn) log_torn = sys_write(log_fd, "\n", 1) != 1;
        while (done < json_length) {
            long written = sys_write(log_fd, json + done, json_length - done);
            if (written == -EINTR) continue;
            if (written <= 0) {
                log_torn = 1;
                break;
            }
            done += (size_t)written;
        }
        log_size += done;
    }
    json_length = 0;
}

/* Length of the UTF-8 character that begins here, 0 where there is none (RFC 3629). */
static size_t character(const unsigned char *at, size_t length) {
    unsigned char first = at[0];
    size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (size == 0 || size > length) return 0;
    for (size_t i = 1; i < size; i++) if ((at[i] & 0xc0) != 0x80) return 0;
    if ((first == 0xe0 && at[1] < 0xa0) || (first == 0xed && at[1] > 0x9f)) return 0;
    if ((first == 0xf0 && at[1] < 0x90) || (first == 0xf4 && at[1] > 0x8f)) return 0;
    return size;
}

static char *put_control(char *at, unsigned char byte) {
    static const char hex[] = "0123456789abcdef";
    *at++ = '\\';
    if (byte == '\n') *at++ = 'n';
    else if (byte == '\r') *at++ = 'r';
    else if (byte == '\t') *at++ = 't';
    else {
        at = put_text(at, "u00");
        *at++ = hex[byte >> 4];
        *at++ = hex[byte & 15];
    }
    return at;
}

static char *put_json(char *at, const unsigned char *text, size_t length) {
    for (size_t i = 0; i < length;) {
        unsigned char byte = text[i];
        if (byte >= 0x80) {
            size_t size = character(text + i, length - i);
            if (size == 0) at = put_text(at, "\xef\xbf\xbd");
            else for (size_t j = 0; j < size; j++) *at++ = (char)text[i + j];
            i += size == 0 ? 1 : size;
            continue;
        }
        if (byte < 0x20) at = put_control(at, byte);
        else {
            if (byte == '"' || byte == '\\') *at++ = '\\';
            *at++ = (char)byte;
        }
        i++;
    }
    return at;
}

static void end_line(int stream, const char *time) {
    if (json_length + MOST_JSON > sizeof json) flush();
    char *at = json + json_length;
    at = put_text(at, "{\"log\":\"");
    at = put_json(at, (const unsigned char *)partial[stream].text, partial[stream].length);
    at = put_text(at, stream == STDOUT ? "\",\"stream\":\"stdout\",\"time\":\"" : "\",\"stream\":\"stderr\",\"time\":\"");
    at = put_text(at, time);
    at = put_text(at, "\"}\n");
    json_length = (size_t)(at - json);
    partial[stream].length = 0;
    // The file is cut between two lines only, and not far above its limit.
    if (log_limit > 0 && log_size + json_length >= log_limit) flush();
}

static const char *now(void) {
    static char text[40];
    struct timespec time = {0, 0};
    CALL(__NR_clock_gettime, CLOCK_REALTIME, &time);
    *put_time(text, &time) = 0;
    return text;
}

void log_open(const char *path, uint64_t max_size, unsigned files) {
    log_path = path != NULL && text_length(path) < MOST_PATH ? path : NULL;
    log_limit = max_size;
    log_files = files;
}

void log_take(int stream, const char *data, size_t length) {
    if (log_path == NULL) return;
    const char *time = now();
    for (size_t i = 0; i < length; i++) {
        partial[stream].text[partial[stream].length++] = data[i];
        if (data[i] == '\n' || partial[stream].length == LINE) end_line(stream, time);
    }
    flush();
}

void log_close(void) {
    if (log_path == NULL) return;
    for (int stream = STDOUT; stream <= STDERR; stream++) if (partial[stream].length > 0) end_line(stream, now());
    flush();
}
