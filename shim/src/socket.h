/* What the interposed calls other than the sending ones have to tell the rest of the pod. */
#ifndef KTSN_SOCKET_H
#define KTSN_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "flow.h"

/*
 * This process sends with a transmission time: the library gets to work, and takes up what it has
 * noted so far. Returns whether it is at work; false: leave all to the kernel. Async-signal-safe.
 */
bool ktsn_socket_engage(void);

/*
 * Forgets what was noted about descriptors first to last, because they are closed or replaced. Only
 * needed while there are notes.
 */
void ktsn_socket_forget(unsigned int first, unsigned int last);

/*
 * Tells whether somebody may have derived a flow from this socket: UDP, and bound to a
 * port, or a packet socket. Ask before a call that changes the socket, and tell ktsn_socket_changed
 * afterwards.
 */
bool ktsn_socket_in_use(int fd);

/* Has all programs of the pod read the socket's options, address and peer anew. */
void ktsn_socket_changed(int fd);

/* Notes that a call with these flags may have left data in the socket (MSG_MORE) that the kernel
 * joins with whatever is sent next. Preserves errno. */
void ktsn_socket_note_more(int fd, int flags);

/* Tells whether such data may be there. */
bool ktsn_socket_has_more(int fd, uint64_t cookie);

/* What is remembered of a socket from now on; forgotten when another takes its place. */
struct ktsn_memo *ktsn_socket_memo(uint64_t cookie);

/* What is remembered of a socket, or NULL. */
struct ktsn_memo *ktsn_socket_known(uint64_t cookie);

/* Tells whether a socket is one of UDP or a packet socket, as far as its type says. */
bool ktsn_socket_sends_datagrams(int fd);

/* A program has switched SO_TXTIME on: it will send datagrams with a transmission time. */
void ktsn_socket_stamps(int fd);

/* Tells whether a socket stamps, as far as this process and the kernel know. */
bool ktsn_socket_stamping(int fd);

/* A program has set IP_MULTICAST_IF, which the kernel does not tell in full. */
void ktsn_socket_multicast_interface(int fd, const void *value, socklen_t length);

/* A socket has been connected: if it stamps, its peer's link address will be needed soon. */
void ktsn_socket_connected(int fd);

/* A program has set IPV6_PKTINFO or IPV6_MTU, which the kernel does not tell. */
void ktsn_socket_ipv6_option(int fd, int name, const void *value, socklen_t length);

/* What the kernel does not tell, as far as it was seen. */
struct ktsn_untold ktsn_socket_untold(uint64_t cookie);

#endif
