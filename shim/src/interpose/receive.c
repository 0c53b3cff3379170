/* recv, recvfrom, recvmsg, recvmmsg: the error queue has KTSNd's reports behind what the kernel has
 * in it. Whatever else is received costs one look at the flags. */
#include <errno.h>

#include "../core.h"
#include "../reports.h"
#include "../zerocopy.h"
#include "calls.h"

/* Tells whether the kernel had nothing in the error queue, and KTSNd may have. */
static bool goes_on(long result, int flags) {
    return __builtin_expect((flags & MSG_ERRQUEUE) != 0, false) && result < 0 && errno == EAGAIN &&
           ktsn_core.libc == KTSN_LIBC_GLIBC &&
           atomic_load_explicit(&ktsn_core.waiting.special, memory_order_relaxed) > 0;
}

/* Tells whether the kernel may have said that it is done with memory which the library copied. */
static bool is_completion(long result, int flags) {
    return __builtin_expect((flags & MSG_ERRQUEUE) != 0, false) && result >= 0 &&
           atomic_load_explicit(&ktsn_core.copied, memory_order_relaxed);
}

/* Returns as recvmsg; the kernel has said EAGAIN. */
static ssize_t receive(int fd, struct msghdr *message) {
    long result = ktsn_reports_receive(fd, message);
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

ssize_t ktsn_call_recvmsg(const struct ktsn_original *via, int fd, struct msghdr *message,
                          int flags) {
    ssize_t result = via->recvmsg(fd, message, flags);
    if (is_completion(result, flags))
        ktsn_zerocopy_tell(fd, message);
    return goes_on(result, flags) ? receive(fd, message) : result;
}

KTSN_EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    return ktsn_call_recvmsg(ktsn_original(), fd, message, flags);
}

int ktsn_call_recvmmsg(const struct ktsn_original *via, int fd, struct mmsghdr *messages,
                       unsigned int count, int flags, struct timespec *timeout) {
    int result = via->recvmmsg(fd, messages, count, flags, timeout);
    for (int i = 0; is_completion(result, flags) && i < result; i++)
        ktsn_zerocopy_tell(fd, &messages[i].msg_hdr);
    if (!goes_on(result, flags))
        return result;
    unsigned int received = 0;
    for (; received < count; received++) {
        ssize_t octets = ktsn_call_recvmsg(via, fd, &messages[received].msg_hdr, flags);
        if (octets < 0)
            break;
        messages[received].msg_len = (unsigned int)octets;
    }
    return received > 0 ? (int)received : -1;
}

KTSN_EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
                         struct timespec *timeout) {
    return ktsn_call_recvmmsg(ktsn_original(), fd, messages, count, flags, timeout);
}

static ssize_t receive_part(int fd, void *data, size_t length, struct sockaddr *address,
                            socklen_t *address_length) {
    struct iovec part = {.iov_base = data, .iov_len = length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t result = receive(fd, &message);
    if (result >= 0 && address != NULL && address_length != NULL)
        *address_length = 0;
    return result;
}

ssize_t ktsn_call_recvfrom(const struct ktsn_original *via, int fd, void *data, size_t length,
                           int flags, struct sockaddr *address, socklen_t *address_length) {
    ssize_t result = via->recvfrom(fd, data, length, flags, address, address_length);
    return goes_on(result, flags) ? receive_part(fd, data, length, address, address_length)
                                  : result;
}

KTSN_EXPORT ssize_t recvfrom(int fd, void *restrict data, size_t length, int flags,
                             __SOCKADDR_ARG address, socklen_t *restrict address_length) {
    return ktsn_call_recvfrom(ktsn_original(), fd, data, length, flags, address.__sockaddr__,
                              address_length);
}

KTSN_EXPORT ssize_t recv(int fd, void *data, size_t length, int flags) {
    ssize_t result = ktsn_original()->recv(fd, data, length, flags);
    return goes_on(result, flags) ? receive_part(fd, data, length, NULL, NULL) : result;
}

/* What programs call that were compiled with _FORTIFY_SOURCE; a buffer that is too small is the C
 * library's to report. */

KTSN_EXPORT ssize_t __recv_chk(int fd, void *data, size_t length, size_t octets, int flags) {
    ssize_t result = ktsn_original()->__recv_chk(fd, data, length, octets, flags);
    return goes_on(result, flags) ? receive_part(fd, data, length, NULL, NULL) : result;
}

KTSN_EXPORT ssize_t __recvfrom_chk(int fd, void *restrict data, size_t length, size_t octets,
                                   int flags, __SOCKADDR_ARG address,
                                   socklen_t *restrict address_length) {
    ssize_t result = ktsn_original()->__recvfrom_chk(fd, data, length, octets, flags,
                                                     address.__sockaddr__, address_length);
    return goes_on(result, flags)
               ? receive_part(fd, data, length, address.__sockaddr__, address_length)
               : result;
}
