/*
 * MSG_ZEROCOPY of a socket with SO_ZEROCOPY: the kernel numbers such sends, and says by the error
 * queue when it is done with their memory. What goes through KTSNd was copied when the call
 * returns; but numbers, queue, and who waits for it are the kernel's.
 */
#ifndef KTSN_ZEROCOPY_H
#define KTSN_ZEROCOPY_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * Has the kernel number one send more and report it as done; nothing is sent. Returns false if it
 * does not, and is to judge the message itself. Async-signal-safe.
 */
bool ktsn_zerocopy_complete(int fd, const struct msghdr *message);

/* A message has come out of an error queue: what the kernel says of such a send is that it was
 * copied. Preserves errno. */
void ktsn_zerocopy_tell(int fd, const struct msghdr *message);

#endif
