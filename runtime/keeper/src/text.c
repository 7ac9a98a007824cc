#include "text.h"

size_t text_length(const char *text) {
    size_t length = 0;
    while (text[length] != 0) length++;
    return length;
}

int text_equal(const char *one, const char *other) {
    while (*one != 0 && *one == *other) one++, other++;
    return *one == *other;
}

char *put_number(char *at, uint64_t value, int digits) {
    char reversed[20];
    int length = 0;
    do {
        reversed[length++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 && length < 20);
    while (length < digits && length < 20) reversed[length++] = '0';
    while (length > 0) *at++ = reversed[--length];
    return at;
}

char *put_text(char *at, const char *text) {
    while (*text != 0) *at++ = *text++;
    return at;
}

/* Days since 1970 as a date of the Gregorian calendar, by years that begin in March. */
static char *put_date(char *at, int64_t days) {
    int64_t shifted = days + 719468;
    int64_t era = shifted / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * from_march + 2) / 5 + 1;
    int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    at = put_number(at, (uint64_t)year, 4);
    *at++ = '-';
    at = put_number(at, (uint64_t)month, 2);
    *at++ = '-';
    return put_number(at, (uint64_t)day, 2);
}

char *put_time(char *at, const struct timespec *time) {
    uint64_t seconds = (uint64_t)time->tv_sec % 86400;
    at = put_date(at, time->tv_sec / 86400);
    *at++ = 'T';
    at = put_number(at, seconds / 3600, 2);
    *at++ = ':';
    at = put_number(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = put_number(at, seconds % 60, 2);
    *at++ = '.';
    at = put_number(at, (uint64_t)time->tv_nsec, 9);
    *at++ = 'Z';
    return at;
}

uint64_t parse_number(const char *text) {
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9' && value < (1ull << 58); text++) value = value * 10 + (uint64_t)(*text - '0');
    return value;
}
