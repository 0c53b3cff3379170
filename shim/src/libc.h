/*
 * What the library needs of the C library that it is loaded beside: functions and variables that
 * every one has had since glibc 2.17 and musl 1.2, under one name. All references to them are weak,
 * and have no version: so a program starts whatever its C library is, and where something is
 * missing the library does nothing. This is included before all else when libktsn.so is built;
 * "make check" compares what came out with this list.
 */
#ifndef KTSN_LIBC_H
#define KTSN_LIBC_H

#define KTSN_LIBC_NEEDS(X)                                                                         \
    X(__errno_location)                                                                            \
    X(abort)                                                                                       \
    X(clock_gettime)                                                                               \
    X(dl_iterate_phdr)                                                                             \
    X(fcntl)                                                                                       \
    X(getauxval)                                                                                   \
    X(getpid)                                                                                      \
    X(getppid)                                                                                     \
    X(madvise)                                                                                     \
    X(memcmp)                                                                                      \
    X(memcpy)                                                                                      \
    X(memmove)                                                                                     \
    X(memset)                                                                                      \
    X(mmap)                                                                                        \
    X(munmap)                                                                                      \
    X(program_invocation_short_name)                                                               \
    X(sbrk)                                                                                        \
    X(secure_getenv)                                                                               \
    X(snprintf)                                                                                    \
    X(strcmp)                                                                                      \
    X(strlen)                                                                                      \
    X(strrchr)                                                                                     \
    X(strstr)                                                                                      \
    X(sysconf)                                                                                     \
    X(write)

/* What only some have. */
#define KTSN_LIBC_MAY_HAVE(X)                                                                      \
    X(__libc_stack_end)                                                                            \
    X(pthread_mutex_init)                                                                          \
    X(pthread_mutex_lock)                                                                          \
    X(pthread_mutex_unlock)                                                                        \
    X(pthread_mutexattr_init)                                                                      \
    X(pthread_mutexattr_setpshared)                                                                \
    X(pthread_mutexattr_setrobust)

/* Whose layouts the program was compiled for. */
enum ktsn_libc {
    KTSN_LIBC_UNKNOWN, /* or something that the library needs is missing */
    KTSN_LIBC_GLIBC,
    KTSN_LIBC_MUSL,
};

/* Tells it by the program's dynamic linker. */
enum ktsn_libc ktsn_libc_recognise(void);

#ifdef KTSN_WEAK_LIBC
#define KTSN_MAKE_WEAK(name) __asm__(".weak " #name);
KTSN_LIBC_NEEDS(KTSN_MAKE_WEAK)
KTSN_LIBC_MAY_HAVE(KTSN_MAKE_WEAK)
#endif

#endif
