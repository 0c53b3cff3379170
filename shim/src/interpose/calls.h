/*
 * The intercepted calls, for whoever makes them by name and for whoever makes them by number, with
 * libc's syscall: what to call in the end is via. Each returns and sets errno as the call does.
 */
#ifndef KTSN_CALLS_H
#define KTSN_CALLS_H

#include "../original.h"

ssize_t ktsn_call_sendmsg(const struct ktsn_original *via, int fd, const struct msghdr *message,
                          int flags);
int ktsn_call_sendmmsg(const struct ktsn_original *via, int fd, struct mmsghdr *messages,
                       unsigned int count, int flags);
ssize_t ktsn_call_sendto(const struct ktsn_original *via, int fd, const void *data, size_t length,
                         int flags, const struct sockaddr *address, socklen_t address_length);
ssize_t ktsn_call_splice(const struct ktsn_original *via, int from, off64_t *from_offset, int to,
                         off64_t *to_offset, size_t length, unsigned int flags);
ssize_t ktsn_call_sendfile(const struct ktsn_original *via, int to, int from, off_t *offset,
                           size_t length);
ssize_t ktsn_call_recvmsg(const struct ktsn_original *via, int fd, struct msghdr *message,
                          int flags);
int ktsn_call_recvmmsg(const struct ktsn_original *via, int fd, struct mmsghdr *messages,
                       unsigned int count, int flags, struct timespec *timeout);
ssize_t ktsn_call_recvfrom(const struct ktsn_original *via, int fd, void *data, size_t length,
                           int flags, struct sockaddr *address, socklen_t *address_length);
int ktsn_call_setsockopt(const struct ktsn_original *via, int fd, int level, int name,
                         const void *value, socklen_t length);
int ktsn_call_getsockopt(const struct ktsn_original *via, int fd, int level, int name, void *value,
                         socklen_t *length);
int ktsn_call_connect(const struct ktsn_original *via, int fd, const struct sockaddr *address,
                      socklen_t length);
int ktsn_call_shutdown(const struct ktsn_original *via, int fd, int how);

int ktsn_call_close(const struct ktsn_original *via, int fd);
int ktsn_call_close_range(const struct ktsn_original *via, unsigned int first, unsigned int last,
                          int flags);
int ktsn_call_dup2(const struct ktsn_original *via, int from, int to);
int ktsn_call_dup3(const struct ktsn_original *via, int from, int to, int flags);

int ktsn_call_poll(const struct ktsn_original *via, struct pollfd *descriptors, nfds_t count,
                   int timeout_ms);
int ktsn_call_ppoll(const struct ktsn_original *via, struct pollfd *descriptors, nfds_t count,
                    const struct timespec *timeout, const sigset_t *signals);
int ktsn_call_select(const struct ktsn_original *via, int count, fd_set *readable, fd_set *writable,
                     fd_set *exceptional, struct timeval *timeout);
int ktsn_call_pselect(const struct ktsn_original *via, int count, fd_set *readable,
                      fd_set *writable, fd_set *exceptional, const struct timespec *timeout,
                      const sigset_t *signals);
int ktsn_call_epoll_ctl(const struct ktsn_original *via, int set, int operation, int fd,
                        struct epoll_event *event);
int ktsn_call_epoll_wait(const struct ktsn_original *via, int set, struct epoll_event *events,
                         int most, int timeout_ms);
int ktsn_call_epoll_pwait(const struct ktsn_original *via, int set, struct epoll_event *events,
                          int most, int timeout_ms, const sigset_t *signals);
int ktsn_call_epoll_pwait2(const struct ktsn_original *via, int set, struct epoll_event *events,
                           int most, const struct timespec *timeout, const sigset_t *signals);

/* Runs by number what puts the program into a sandbox. Returns -errno. */
long ktsn_call_sandboxing(const long argument[7]);

/* Whether a call by number would put the program into a sandbox. */
bool ktsn_is_sandboxing(const long argument[7]);

#endif
