/*
 * The way to KTSNd: one request and one answer over a Unix stream socket.
 *
 *   request   "KTSNCNI1"
 *             u32  octets of the environment, then as many: NAME=VALUE strings, each ended by NUL
 *             u32  octets of the standard input, then as many
 *   answer    u32  exit code
 *             u32  octets of the standard output, then as many
 *
 * Numbers are big-endian. KTSNd closes the connection after its answer. Whoever closes it before,
 * or only its sending half, takes back a DEL that KTSNd has not begun with.
 */
#ifndef KTSN_CNI_RELAY_H
#define KTSN_CNI_RELAY_H

#include <stddef.h>
#include <stdint.h>

#define RELAY_MAGIC "KTSNCNI1"

enum {
    RELAY_ENVIRONMENT_MAX = 1 << 20,
    RELAY_INPUT_MAX = 1 << 20,
    RELAY_ANSWER_MAX = 4 << 20,
};

struct buffer {
    char *data;
    size_t length;
};

struct answer {
    uint32_t exit_code;
    struct buffer output;
};

/* An instant of CLOCK_MONOTONIC in milliseconds. */
int64_t now_ms(void);

/* Reads a file to its end. Returns 0, -EMSGSIZE, -ETIMEDOUT or another -errno. */
int read_all(int fd, size_t most, int64_t deadline_ms, struct buffer *buffer);

/*
 * Asks KTSNd. Returns 0, -ENAMETOOLONG, -E2BIG, -ETIMEDOUT, -EPROTO (the answer makes no sense or
 * ends early) or another -errno.
 */
int relay(const char *socket_path, char *const environment[], const struct buffer *input,
          int64_t deadline_ms, struct answer *answer);

#endif
