// Numbers and times as text; a bounded writer for short texts.
#ifndef TEXT_H
#define TEXT_H

#include "kernel.h"

size_t text_length(const char *text);
int text_equal(const char *one, const char *other);
/* Writes a number in decimal, at least `digits` long; gives its end. At most 20 bytes. */
char *put_number(char *at, uint64_t value, int digits);
char *put_text(char *at, const char *text);
/* RFC 3339 in UTC with nanoseconds: 30 bytes. */
char *put_time(char *at, const struct timespec *time);
/* Reads a decimal number at the beginning; 0 where there is none. */
uint64_t parse_number(const char *text);

#endif
