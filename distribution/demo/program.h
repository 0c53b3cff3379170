/*
 * What each of the demo's programs needs: sentences for what went wrong, numbers from the command
 * line, clocks, and files. Nothing here knows KTSN: the programs use the C library and the kernel.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* What the talker puts at the beginning of each datagram; little-endian, like the machine. */
struct mark {
    uint32_t magic;     /* MARK_MAGIC */
    uint32_t sequence;  /* 0, 1, 2 ... */
    int64_t launch_tai; /* the instant asked for, in TAI nanoseconds */
};

#define MARK_MAGIC 0x4b4c4154u /* "TALK" in memory */

_Static_assert(sizeof(struct mark) == 16, "the mark has no padding");

/* Prints a sentence and ends the program. */
__attribute__((format(printf, 2, 3), noreturn)) static inline void fail(const char *program,
                                                                        const char *sentence, ...) {
    va_list arguments;
    va_start(arguments, sentence);
    fprintf(stderr, "%s: ", program);
    vfprintf(stderr, sentence, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static inline int64_t now_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Sleeps until an instant; a signal does not cut it short. Returns 0 or an errno. */
static inline int sleep_until(clockid_t clock, int64_t instant_ns) {
    struct timespec until = {instant_ns / 1000000000, instant_ns % 1000000000};
    int result;
    do
        result = clock_nanosleep(clock, TIMER_ABSTIME, &until, NULL);
    while (result == EINTR);
    return result;
}

/* Reads the number that follows an option. */
static inline int64_t number(const char *program, const char *option, const char *text,
                             int64_t least, int64_t most) {
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < least || value > most)
        fail(program, "%s %s is not a whole number from %lld to %lld.", option, text,
             (long long)least, (long long)most);
    return value;
}

/* Shows the options and ends the program: because that was asked for, or because it is needed. */
__attribute__((noreturn)) static inline void show_usage(const char *usage, int asked) {
    fputs(usage, asked ? stdout : stderr);
    exit(asked ? 0 : 2);
}

/* Ends the program if words are left behind the options, from the next one on. */
static inline void end_of_options(const char *program, char *const *words, int next, int count) {
    if (next < count)
        fail(program, "'%s' is one word too many; --help lists the options.", words[next]);
}

/* Where a socket sends to or listens. */
union endpoint {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

static inline socklen_t endpoint_octets(const union endpoint *endpoint) {
    return endpoint->any.sa_family == AF_INET6 ? sizeof endpoint->ipv6 : sizeof endpoint->ipv4;
}

/* Reads ADDRESS:PORT, or [ADDRESS]:PORT for IPv6. */
static inline union endpoint read_endpoint(const char *program, const char *option,
                                           const char *text) {
    union endpoint result = {.any.sa_family = text[0] == '[' ? AF_INET6 : AF_INET};
    int is_ipv6 = result.any.sa_family == AF_INET6;
    char host[INET6_ADDRSTRLEN];
    const char *begin = text + is_ipv6;
    const char *end = is_ipv6 ? strstr(text, "]:") : strchr(text, ':');
    size_t length = end == NULL ? 0 : (size_t)(end - begin);
    if (length == 0 || length >= sizeof host)
        fail(program, "%s %s is not ADDRESS:PORT, for instance 10.77.0.3:7777 or [fd77::3]:7777.",
             option, text);
    memcpy(host, begin, length);
    host[length] = '\0';
    void *address = is_ipv6 ? (void *)&result.ipv6.sin6_addr : (void *)&result.ipv4.sin_addr;
    if (inet_pton(result.any.sa_family, host, address) != 1)
        fail(program, "%s: %s is not an %s address.", option, host, is_ipv6 ? "IPv6" : "IPv4");
    uint16_t port = htons((uint16_t)number(program, option, end + 1 + is_ipv6, 1, 65535));
    *(is_ipv6 ? &result.ipv6.sin6_port : &result.ipv4.sin_port) = port;
    return result;
}

/* Gives the calling thread a processor and a real-time priority; -1 and 0 leave them as they are.
 */
static inline void place(const char *program, int64_t cpu, int64_t priority) {
    if (cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0)
            fail(program, "--cpu %lld: the kernel says: %s. Name a processor of this machine.",
                 (long long)cpu, strerror(errno));
    }
    if (priority > 0) {
        struct sched_param parameter = {.sched_priority = (int)priority};
        if (sched_setscheduler(0, SCHED_FIFO, &parameter) != 0)
            fail(program, "--fifo %lld: the kernel says: %s. Run as root, or leave the option out.",
                 (long long)priority, strerror(errno));
    }
}

/* Writes a file of a header and records, at once. */
static inline void write_file(const char *program, const char *path, const void *header,
                              size_t header_octets, const void *records, size_t octets) {
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        fail(program, "can't create %s: %s.", path, strerror(errno));
    int written = fwrite(header, 1, header_octets, file) == header_octets &&
                  fwrite(records, 1, octets, file) == octets;
    if (fclose(file) != 0 || !written)
        fail(program, "can't write %s: %s.", path, strerror(errno));
}

#endif
