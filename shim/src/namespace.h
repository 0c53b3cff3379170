/* Which network namespace a socket belongs to; that of a thread says nothing about its sockets. */
#ifndef KTSN_NAMESPACE_H
#define KTSN_NAMESPACE_H

#include <stdbool.h>
#include <stdint.h>

/* The identity of a socket's network namespace; 0 where the kernel can't tell (before 5.14). */
uint64_t ktsn_namespace_cookie(int fd);

/*
 * Tells whether two sockets are of one network namespace. A kernel that has no identity for
 * namespaces is asked for an interface's hardware address through both: equal in one namespace, and
 * not in another whose interfaces merely have the same numbers.
 */
bool ktsn_namespace_same(int one, int other, uint32_t interface_index);

/* What ktsn_namespace_same does on such a kernel. */
bool ktsn_namespace_same_link(int one, int other, uint32_t interface_index);

#endif
