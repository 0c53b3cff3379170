#include "musl.h"

#include <stdint.h>
#include <string.h>

#include "readable.h"
#include "transmit.h"

/* Clears what is no part of the lengths, as far as there are whole headers. */
static void shorten(unsigned char *control, size_t octets) {
    struct cmsghdr header;
    for (size_t at = 0; octets - at >= sizeof header;) {
        memcpy(&header, control + at, sizeof header);
        header.cmsg_len = (uint32_t)header.cmsg_len;
        memcpy(control + at, &header, sizeof header);
        if (header.cmsg_len < sizeof header || header.cmsg_len > octets - at ||
            CMSG_ALIGN(header.cmsg_len) > octets - at)
            return;
        at += CMSG_ALIGN(header.cmsg_len);
    }
}

bool ktsn_musl_read(const struct msghdr *message, struct ktsn_musl_message *copy) {
    if (!ktsn_readable(message, sizeof *message))
        return false;
    copy->header = *message;
    copy->header.msg_iovlen = (uint32_t)message->msg_iovlen;
    copy->header.msg_controllen = (uint32_t)message->msg_controllen;
    if (copy->header.msg_control == NULL || copy->header.msg_controllen == 0)
        return true;
    if (copy->header.msg_controllen > sizeof copy->control ||
        !ktsn_readable(copy->header.msg_control, copy->header.msg_controllen))
        return false;
    memcpy(copy->control, copy->header.msg_control, copy->header.msg_controllen);
    copy->header.msg_control = copy->control;
    shorten(copy->control, copy->header.msg_controllen);
    return true;
}

long ktsn_musl_transmit(int fd, const struct msghdr *message, int flags) {
    struct ktsn_musl_message copy;
    return ktsn_musl_read(message, &copy) ? ktsn_transmit(fd, &copy.header, flags)
                                          : KTSN_TAKE_KERNEL;
}
