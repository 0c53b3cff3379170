/* splice, sendfile: never a transmission time, but they may leave data in a socket that the kernel
 * joins with whatever is sent next, as MSG_MORE does. */
#include <fcntl.h>
#include <sys/sendfile.h>

#include "../core.h"
#include "../socket.h"
#include "calls.h"

ssize_t ktsn_call_splice(const struct ktsn_original *via, int from, off64_t *from_offset, int to,
                         off64_t *to_offset, size_t length, unsigned int flags) {
    ssize_t result = via->splice(from, from_offset, to, to_offset, length, flags);
    if ((flags & SPLICE_F_MORE) != 0)
        ktsn_socket_note_more(to, MSG_MORE);
    return result;
}

KTSN_EXPORT ssize_t splice(int from, off64_t *from_offset, int to, off64_t *to_offset,
                           size_t length, unsigned int flags) {
    return ktsn_call_splice(ktsn_original(), from, from_offset, to, to_offset, length, flags);
}

/* What ends before its time leaves what there was, before Linux 6.5. */
ssize_t ktsn_call_sendfile(const struct ktsn_original *via, int to, int from, off_t *offset,
                           size_t length) {
    ssize_t result = via->sendfile(to, from, offset, length);
    if (!ktsn_core_idle())
        ktsn_socket_note_more(to, MSG_MORE);
    return result;
}

KTSN_EXPORT ssize_t sendfile(int to, int from, off_t *offset, size_t length) {
    return ktsn_call_sendfile(ktsn_original(), to, from, offset, length);
}

_Static_assert(sizeof(off_t) == sizeof(off64_t), "one function for both");

KTSN_EXPORT ssize_t sendfile64(int to, int from, off64_t *offset, size_t length)
    __attribute__((alias("sendfile")));
