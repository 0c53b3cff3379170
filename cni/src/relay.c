#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int64_t now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int await(int fd, short events, int64_t deadline_ms) {
    struct pollfd waiting = {.fd = fd, .events = events};

    for (;;) {
        int64_t left = deadline_ms - now_ms();
        if (left <= 0)
            return -ETIMEDOUT;
        int ready = poll(&waiting, 1, left > 60000 ? 60000 : (int)left);
        if (ready > 0)
            return 0;
        if (ready < 0 && errno != EINTR)
            return -errno;
    }
}

/* Returns how many octets came, 0 at the end, or -errno. */
static ssize_t read_some(int fd, void *to, size_t most, int64_t deadline_ms) {
    for (;;) {
        int status = await(fd, POLLIN, deadline_ms);
        if (status < 0)
            return status;
        ssize_t got = read(fd, to, most);
        if (got >= 0)
            return got;
        if (errno != EINTR && errno != EAGAIN)
            return -errno;
    }
}

static int read_exactly(int fd, void *to, size_t length, int64_t deadline_ms) {
    for (size_t done = 0; done < length;) {
        ssize_t got = read_some(fd, (char *)to + done, length - done, deadline_ms);
        if (got <= 0)
            return got == 0 ? -EPROTO : (int)got;
        done += (size_t)got;
    }
    return 0;
}

static int write_exactly(int fd, const void *from, size_t length, int64_t deadline_ms) {
    for (size_t done = 0; done < length;) {
        int status = await(fd, POLLOUT, deadline_ms);
        if (status < 0)
            return status;
        ssize_t sent = send(fd, (const char *)from + done, length - done, MSG_NOSIGNAL);
        if (sent >= 0)
            done += (size_t)sent;
        else if (errno != EINTR && errno != EAGAIN)
            return -errno;
    }
    return 0;
}

int read_all(int fd, size_t most, int64_t deadline_ms, struct buffer *buffer) {
    size_t room = 16384;

    buffer->length = 0;
    buffer->data = malloc(room);
    for (;;) {
        if (buffer->data == NULL)
            return -ENOMEM;
        ssize_t got =
            read_some(fd, buffer->data + buffer->length, room - buffer->length, deadline_ms);
        if (got <= 0)
            return (int)got;
        buffer->length += (size_t)got;
        if (buffer->length > most)
            return -EMSGSIZE;
        if (buffer->length == room) {
            room *= 2;
            char *grown = realloc(buffer->data, room);
            if (grown == NULL)
                return -ENOMEM;
            buffer->data = grown;
        }
    }
}

static void put_u32(unsigned char *to, size_t value) {
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t get_u32(const unsigned char *from) {
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static int send_request(int fd, char *const environment[], const struct buffer *input,
                        int64_t deadline_ms) {
    unsigned char head[sizeof(RELAY_MAGIC) - 1 + 4];
    unsigned char length[4];
    size_t octets = 0;
    int status;

    for (char *const *entry = environment; *entry != NULL; entry++)
        octets += strlen(*entry) + 1;
    if (octets > RELAY_ENVIRONMENT_MAX)
        return -E2BIG;
    memcpy(head, RELAY_MAGIC, sizeof(RELAY_MAGIC) - 1);
    put_u32(head + sizeof(RELAY_MAGIC) - 1, octets);
    status = write_exactly(fd, head, sizeof(head), deadline_ms);
    for (char *const *entry = environment; status == 0 && *entry != NULL; entry++)
        status = write_exactly(fd, *entry, strlen(*entry) + 1, deadline_ms);
    put_u32(length, input->length);
    if (status == 0)
        status = write_exactly(fd, length, sizeof(length), deadline_ms);
    if (status == 0)
        status = write_exactly(fd, input->data, input->length, deadline_ms);
    return status;
}

static int receive_answer(int fd, int64_t deadline_ms, struct answer *answer) {
    unsigned char head[8];
    int status = read_exactly(fd, head, sizeof(head), deadline_ms);

    if (status < 0)
        return status;
    answer->exit_code = get_u32(head);
    answer->output.length = get_u32(head + 4);
    if (answer->output.length > RELAY_ANSWER_MAX || answer->exit_code > 255)
        return -EPROTO;
    answer->output.data = malloc(answer->output.length + 1);
    if (answer->output.data == NULL)
        return -ENOMEM;
    return read_exactly(fd, answer->output.data, answer->output.length, deadline_ms);
}

int relay(const char *socket_path, char *const environment[], const struct buffer *input,
          int64_t deadline_ms, struct answer *answer) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int status;

    memset(answer, 0, sizeof(*answer));
    if (strlen(socket_path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    strcpy(address.sun_path, socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    /* A full backlog answers EAGAIN at once: come again until the deadline. */
    while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            status = -errno;
            goto out;
        }
        if (now_ms() >= deadline_ms) {
            status = -ETIMEDOUT;
            goto out;
        }
        poll(NULL, 0, 10);
    }
    status = send_request(fd, environment, input, deadline_ms);
    if (status == 0 || status == -EPIPE)
        status = receive_answer(fd, deadline_ms, answer);
out:
    close(fd);
    return status;
}
