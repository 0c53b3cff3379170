/*
 * musl's messages: the counts in its structures are shorter than the kernel's, and what fills the
 * rest is whatever the program has left there. musl's own functions hand the kernel a copy; so does
 * this library.
 */
#ifndef KTSN_MUSL_H
#define KTSN_MUSL_H

#include <stdbool.h>
#include <sys/socket.h>

/* musl refuses more. */
#define KTSN_MUSL_CONTROL_OCTETS 1024

struct ktsn_musl_message {
    struct msghdr header;
    _Alignas(struct cmsghdr) unsigned char control[KTSN_MUSL_CONTROL_OCTETS];
};

/* Writes a message that a program of musl sends as the kernel reads it; false if it can't be read,
 * or has more control data than musl sends. */
bool ktsn_musl_read(const struct msghdr *message, struct ktsn_musl_message *copy);

/* As ktsn_transmit. */
long ktsn_musl_transmit(int fd, const struct msghdr *message, int flags);

#endif
