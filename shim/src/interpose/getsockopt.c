/* getsockopt: the kernel answers, but for the clock of launch times where it may not know it. */
#include <time.h>

#include "../txtime.h"
#include "calls.h"

int ktsn_call_getsockopt(const struct ktsn_original *via, int fd, int level, int name, void *value,
                         socklen_t *length) {
    int result = via->getsockopt(fd, level, name, value, length);
    /* Only a socket that stamps has this clock, so nothing is asked in a sandbox of others'. */
    if (__builtin_expect(level == SOL_SOCKET && name == SO_TXTIME, false) && result == 0 &&
        *length > 0 && *(const unsigned char *)value == CLOCK_MONOTONIC)
        ktsn_txtime_answer(fd, value, *length);
    return result;
}

KTSN_EXPORT int getsockopt(int fd, int level, int name, void *restrict value,
                           socklen_t *restrict length) {
    return ktsn_call_getsockopt(ktsn_original(), fd, level, name, value, length);
}
