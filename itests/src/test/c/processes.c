/*
 * Programs that multiply and that clean up: each way sends COUNT datagrams to ADDRESS:PORT, each
 * once, with launch times. Prints "sent COUNT".
 *
 *   processes WAY ADDRESS PORT COUNT
 *
 *   threads    eight threads share a socket
 *   forks      eight children have the socket of their parent, and one of their own
 *   vforks     a child of vfork becomes another program between two datagrams
 *   closes     closes all descriptors, as daemons do, and opens its socket again, each time
 *   spawns     starts /bin/true COUNT times; sends nothing; prints "started COUNT"
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stamped.h"

#define LEAD_NS 500000000
#define APART_NS 100000
#define SHARES 8

extern char **environ;

static struct sockaddr_in to;
static int count;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int open_socket(void) {
    int fd = stamped_socket();
    if (fd < 0)
        fail("socket");
    return fd;
}

static void send_one(int fd, int number) {
    struct timespec now;
    clock_gettime(CLOCK_TAI, &now);
    uint64_t launch_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + LEAD_NS +
                         (uint64_t)number * APART_NS;
    char payload[64] = {0};
    snprintf(payload, sizeof payload, "%08d", number);
    if (send_stamped(fd, payload, sizeof payload, 0, &to, sizeof to, launch_ns) != sizeof payload)
        fail("sendmsg");
}

/* One share's numbers: each SHARES-th. */
static void send_share(int shared, int own, int share) {
    for (int i = share; i < count; i += SHARES)
        send_one(i / SHARES % 2 ? own : shared, i);
}

struct share {
    int fd, number;
};

static void *thread(void *argument) {
    struct share *share = argument;
    send_share(share->fd, share->fd, share->number);
    return NULL;
}

static void threads(void) {
    pthread_t all[SHARES];
    struct share shares[SHARES];
    int fd = open_socket();
    for (int i = 0; i < SHARES; i++) {
        shares[i] = (struct share){fd, i};
        if (pthread_create(&all[i], NULL, thread, &shares[i]) != 0)
            fail("pthread_create");
    }
    for (int i = 0; i < SHARES; i++)
        pthread_join(all[i], NULL);
}

/* Waits for a child, or, of -1, for any. */
static void expect_success(pid_t child) {
    int status;
    pid_t ended = waitpid(child, &status, 0);
    if (ended < 0 || (child > 0 && ended != child) || status != 0)
        fail("a child");
}

/* The parent sends the first one, and each child its share, by either socket. */
static void forks(void) {
    int fd = open_socket();
    pid_t all[SHARES];
    if (count > 0)
        send_one(fd, 0);
    for (int i = 0; i < SHARES; i++) {
        all[i] = fork();
        if (all[i] == 0) {
            send_share(fd, open_socket(), i == 0 ? SHARES : i);
            _exit(0);
        }
    }
    for (int i = 0; i < SHARES; i++)
        expect_success(all[i]);
}

static void vforks(void) {
    int fd = open_socket();
    for (int i = 0; i < count; i++) {
        send_one(fd, i);
        pid_t child = vfork();
        if (child == 0) {
            execl("/bin/true", "true", (char *)NULL);
            _exit(1);
        }
        expect_success(child);
    }
}

static void closes(void) {
    for (int i = 0; i < count; i++) {
        for (int fd = 3; i % 2 == 0 && fd < 4096; fd++)
            close(fd);
        if (i % 2 != 0 && close_range(3, ~0u, 0) != 0)
            fail("close_range");
        send_one(open_socket(), i);
    }
}

/* Several at a time, so that a busy machine does not make each wait for the one before. */
static void spawns(void) {
    char *words[] = {(char *)"true", NULL};
    for (int i = 0; i < count + SHARES; i++) {
        pid_t child;
        if (i >= SHARES)
            expect_success(-1);
        if (i < count && posix_spawn(&child, "/bin/true", NULL, NULL, words, environ) != 0)
            fail("posix_spawn");
    }
    printf("started %d\n", count);
}

int main(int argc, char **argv) {
    static const struct way {
        const char *name;
        void (*go)(void);
    } ways[] = {{"threads", threads}, {"forks", forks}, {"vforks", vforks}, {"closes", closes}};
    if (argc != 5)
        return 2;
    to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[3]))};
    if (inet_pton(AF_INET, argv[2], &to.sin_addr) != 1)
        fail(argv[2]);
    count = atoi(argv[4]);
    if (strcmp(argv[1], "spawns") == 0) {
        spawns();
        return 0;
    }
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(argv[1], ways[i].name) == 0) {
            ways[i].go();
            printf("sent %d\n", count);
            return 0;
        }
    }
    return 2;
}
