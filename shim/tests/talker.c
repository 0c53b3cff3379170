/*
 * An ordinary program that sends datagrams at given instants, with nothing but POSIX and the
 * kernel's API. It does what it reads, a command a line, and answers each with a line: result,
 * errno.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Not every C library has these. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifdef NO_CLOSE_RANGE
static int close_range(unsigned int first, unsigned int last, int flags) {
    return (int)syscall(SYS_close_range, first, last, flags);
}

static void closefrom(int first) {
    close_range((unsigned int)first, ~0u, 0);
}
#endif

static int fd = -1;
static char *self;
static bool by_number; /* calls are made with libc's syscall */

/* A call by its name or by its number. */
#define CALL(name, ...) (by_number ? syscall(SYS_##name, __VA_ARGS__) : (long)name(__VA_ARGS__))
/* One more control message, if it has a type. */
static int extra_level, extra_type, extra_value;
static size_t extra_octets;

static void answer(long long result) {
    printf("%lld %d\n", result, result < 0 ? errno : 0);
    fflush(stdout);
}

static int64_t now_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static socklen_t parse_address(const char *ip, int port, struct sockaddr_in *address) {
    memset(address, 0, sizeof *address);
    if (strcmp(ip, "-") == 0)
        return 0;
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)port);
    inet_pton(AF_INET, ip, &address->sin_addr);
    return sizeof *address;
}

struct datagram {
    struct sockaddr_in address;
    struct iovec parts[8];
    _Alignas(8) unsigned char control[128];
    unsigned char payload[4096];
};

static void add_control(struct msghdr *message, int level, int type, const void *data,
                        size_t length) {
    struct cmsghdr *header =
        (struct cmsghdr *)((char *)message->msg_control + message->msg_controllen);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(header), data, length);
    message->msg_controllen += CMSG_SPACE(length);
}

/* The payload is cut into parts of growing size; its octets count up from the first. */
static struct msghdr compose(struct datagram *datagram, const char *ip, int port, int length,
                             int parts, int first, const int64_t *launch_time) {
    struct msghdr message;
    /* Where a structure has octets that are nobody's, they have no value; but for the kernel. */
    memset(&message, by_number ? 0 : 0xa5, sizeof message);
    message.msg_iov = datagram->parts;
    message.msg_iovlen = (size_t)parts;
    message.msg_control = NULL;
    message.msg_controllen = 0;
    message.msg_flags = 0;
    message.msg_namelen = parse_address(ip, port, &datagram->address);
    message.msg_name = message.msg_namelen > 0 ? &datagram->address : NULL;
    for (int i = 0; i < length; i++)
        datagram->payload[i] = (unsigned char)(first + i);
    int at = 0;
    for (int i = 0; i < parts; i++) {
        int end = i == parts - 1 ? length : length * (i + 1) * (i + 1) / (parts * parts);
        datagram->parts[i] = (struct iovec){datagram->payload + at, (size_t)(end - at)};
        at = end;
    }
    if (launch_time != NULL) {
        memset(datagram->control, by_number ? 0 : 0xa5, sizeof datagram->control);
        message.msg_control = datagram->control;
        add_control(&message, SOL_SOCKET, SCM_TXTIME, launch_time, sizeof *launch_time);
        if (extra_type != 0)
            add_control(&message, extra_level, extra_type, &extra_value, extra_octets);
    }
    return message;
}

static long send_stamped(const char *ip, int port, int length, int parts, int first,
                         int64_t launch_time, int flags) {
    struct datagram datagram;
    struct msghdr message = compose(&datagram, ip, port, length, parts, first, &launch_time);
    return CALL(sendmsg, fd, &message, flags);
}

/* The payload's last octet lies where nobody can read. */
static long send_bad(const char *ip, int port, size_t length) {
    struct datagram datagram;
    int64_t launch_time = 1;
    struct msghdr message = compose(&datagram, ip, port, 1, 1, 0, &launch_time);
    char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(memory + 4096, 4096, PROT_NONE);
    datagram.parts[0] = (struct iovec){memory + 4097 - length, length};
    long result = CALL(sendmsg, fd, &message, 0);
    int saved_errno = errno;
    munmap(memory, 8192);
    errno = saved_errno;
    return result;
}

/* sendmmsg of count datagrams, every one or every second with a stamp. */
static void send_many(const char *ip, int port, int length, int count, int64_t launch_time,
                      int every) {
    static struct datagram datagrams[64];
    struct mmsghdr messages[64];
    for (int i = 0; i < count; i++) {
        int64_t instant = launch_time + i;
        messages[i].msg_hdr =
            compose(&datagrams[i], ip, port, length, 1, i, i % every == 0 ? &instant : NULL);
        messages[i].msg_len = 0;
    }
    int sent = (int)CALL(sendmmsg, fd, messages, (unsigned)count, 0);
    int saved_errno = errno;
    for (int i = 0; i < sent; i++) {
        if (messages[i].msg_len != (unsigned)length)
            sent = -1000 - i;
    }
    errno = saved_errno;
    answer(sent);
}

/* ---- several threads and processes ---- */

static int flood_count;
static atomic_int flood_failures;

static void *flood_thread(void *argument) {
    unsigned char tag = (unsigned char)(uintptr_t)argument;
    for (int i = 0; i < flood_count; i++) {
        unsigned char payload[8] = {tag, (unsigned char)(i >> 16), (unsigned char)(i >> 8),
                                    (unsigned char)i};
        struct datagram datagram;
        int64_t instant = i;
        struct msghdr message = compose(&datagram, "10.77.0.3", 9000, 8, 1, 0, &instant);
        memcpy(datagram.payload, payload, sizeof payload);
        if (sendmsg(fd, &message, 0) != 8)
            flood_failures++;
    }
    return NULL;
}

static void flood(int threads, int count, int children) {
    int process = 0;
    flood_count = count;
    for (int i = 1; i <= children; i++) {
        if (fork() == 0) {
            process = i;
            break;
        }
    }
    pthread_t ids[16];
    for (int i = 0; i < threads; i++)
        pthread_create(&ids[i], NULL, flood_thread, (void *)(uintptr_t)(process * threads + i));
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    if (process != 0)
        _exit(flood_failures != 0);
    int status;
    while (wait(&status) > 0) {
        if (status != 0)
            flood_failures++;
    }
    answer(flood_failures);
}

/* ---- a stream in the background ---- */

static struct {
    pthread_t thread;
    int count, period_us;
    int failures, error;
    int64_t longest_ns;
} stream;

static void *stream_thread(void *argument) {
    (void)argument;
    int64_t next_ns = now_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < stream.count; i++) {
        struct timespec until = {next_ns / 1000000000, next_ns % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        int64_t before_ns = now_ns(CLOCK_MONOTONIC);
        if (send_stamped("10.77.0.3", 9000, 64, 1, i, now_ns(CLOCK_TAI) + 1000000, 0) != 64) {
            stream.failures++;
            stream.error = errno;
        }
        int64_t taken_ns = now_ns(CLOCK_MONOTONIC) - before_ns;
        if (taken_ns > stream.longest_ns)
            stream.longest_ns = taken_ns;
        next_ns += stream.period_us * INT64_C(1000);
    }
    return NULL;
}

/* ---- signals and cancellation ---- */

static void on_signal(int number) {
    (void)number;
}

/* Again and again, until the next one: it may come before the call that it is to interrupt. */
static void set_alarm(int milliseconds, int restart) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = restart ? SA_RESTART : 0};
    struct timeval period = {milliseconds / 1000, milliseconds % 1000 * 1000};
    struct itimerval soon = {.it_value = period, .it_interval = period};
    sigaction(SIGALRM, &action, NULL);
    answer(setitimer(ITIMER_REAL, &soon, NULL));
}

/* Alarms are for what a command does, not for waiting for it. */
static bool read_command(char *line, int size) {
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    bool read = fgets(line, size, stdin) != NULL;
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    return read;
}

static void *blocked_thread(void *argument) {
    (void)argument;
    return (void *)send_stamped("10.77.0.3", 9000, 64, 1, 0, 1, 0);
}

static pthread_t blocked;

/* ---- sockets that come from elsewhere ---- */

static void become(const char *mode, int descriptor) {
    char number[16];
    snprintf(number, sizeof number, "%d", descriptor);
    execl(self, self, mode, number, (char *)NULL);
    _exit(127);
}

/* Another program gets the socket through a Unix socket and goes on with the commands. */
static void pass_on(void) {
    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    pid_t child = fork();
    if (child == 0)
        become("--receive", pair[1]);
    close(pair[1]);
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } rights = {0};
    struct iovec part = {"x", 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights};
    add_control(&message, SOL_SOCKET, SCM_RIGHTS, &fd, sizeof fd);
    sendmsg(pair[0], &message, 0);
    waitpid(child, NULL, 0);
    exit(0);
}

static int receive_socket(int from) {
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } rights;
    char octet;
    int received = -1;
    struct iovec part = {&octet, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
    if (recvmsg(from, &message, 0) == 1)
        memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof received);
    return received;
}

/* ---- sandboxes ---- */

/* From now on only what this program itself asks for; anything else kills it. */
static int enter_sandbox(bool by_seccomp_call) {
    static const int allowed[] = {
        SYS_read,        SYS_write,          SYS_socket,          SYS_setsockopt, SYS_connect,
        SYS_shutdown,    SYS_sendto,         SYS_sendmsg,         SYS_sendmmsg,   SYS_close,
        SYS_close_range, SYS_dup2,           SYS_readv,           SYS_writev,     SYS_dup3,
        SYS_clone,       SYS_wait4,          SYS_set_robust_list, SYS_exit,       SYS_exit_group,
        SYS_prctl,       SYS_rt_sigprocmask, SYS_gettid,
#ifdef SYS_fork
        SYS_fork,
#endif
    };
    enum { COUNT = sizeof allowed / sizeof *allowed };
    struct sock_filter filter[2 * COUNT + 2];
    size_t length = 0;
    filter[length++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < COUNT; i++) {
        filter[length++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], 0, 1);
        filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog program = {.len = (unsigned short)length, .filter = filter};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (by_seccomp_call)
        return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* ---- rights ---- */

/* For ever: also in what this program executes. */
static int give_up_administration(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    if (prctl(PR_CAPBSET_DROP, CAP_NET_ADMIN, 0, 0, 0) != 0 ||
        syscall(SYS_capget, &header, sets) != 0)
        return -1;
    sets[0].effective &= ~(1u << CAP_NET_ADMIN);
    sets[0].permitted &= ~(1u << CAP_NET_ADMIN);
    sets[0].inheritable &= ~(1u << CAP_NET_ADMIN);
    return (int)syscall(SYS_capset, &header, sets);
}

/* What the socket says of SO_TXTIME: flags * 100 + clock. */
static long show_txtime(void) {
    struct sock_txtime txtime = {-1, 0};
    socklen_t length = sizeof txtime;
    long result = CALL(getsockopt, fd, SOL_SOCKET, SO_TXTIME, &txtime, &length);
    return result < 0 ? result : (long)txtime.flags * 100 + txtime.clockid;
}

/* ---- commands ---- */

static void do_setup(const char *command, char *const *word) {
    struct sockaddr_in address;
    if (strcmp(command, "socket") == 0) {
        fd = socket(AF_INET, SOCK_DGRAM, 0);
        answer(fd);
    } else if (strcmp(command, "txtime") == 0) {
        struct sock_txtime txtime = {atoi(word[1]), (uint32_t)atoi(word[2])};
        answer(CALL(setsockopt, fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof txtime));
    } else if (strcmp(command, "show") == 0) {
        answer(show_txtime());
    } else if (strcmp(command, "abdicate") == 0) {
        answer(give_up_administration());
    } else if (strcmp(command, "newuser") == 0) {
        answer(unshare(CLONE_NEWUSER));
    } else if (strcmp(command, "connect") == 0) {
        socklen_t length = parse_address(word[1], atoi(word[2]), &address);
        answer(CALL(connect, fd, (struct sockaddr *)&address, length));
    } else if (strcmp(command, "disconnect") == 0) {
        memset(&address, 0, sizeof address);
        answer(CALL(connect, fd, (struct sockaddr *)&address, sizeof address));
    } else if (strcmp(command, "bind") == 0) {
        socklen_t length = parse_address(word[1], atoi(word[2]), &address);
        answer(bind(fd, (struct sockaddr *)&address, length));
    } else if (strcmp(command, "int") == 0) {
        int value = atoi(word[3]);
        answer(CALL(setsockopt, fd, atoi(word[1]), atoi(word[2]), &value, sizeof value));
    } else if (strcmp(command, "multicast") == 0) {
        struct ip_mreqn request = {.imr_ifindex = atoi(word[1])};
        answer(CALL(setsockopt, fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request));
    } else if (strcmp(command, "device") == 0) {
        const char *name = word[1] == NULL ? "" : word[1];
        answer(CALL(setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)));
    } else if (strcmp(command, "sandbox") == 0) {
        answer(enter_sandbox(strcmp(word[1], "seccomp") == 0));
    } else if (strcmp(command, "number") == 0) {
        by_number = atoi(word[1]) != 0;
        answer(0);
    } else if (strcmp(command, "newnet") == 0) {
        answer(unshare(CLONE_NEWNET));
    } else if (strcmp(command, "chroot") == 0) {
        answer(chroot(word[1]) == 0 ? chdir("/") : -1);
    } else if (strcmp(command, "extra") == 0) {
        extra_level = atoi(word[1]);
        extra_type = atoi(word[2]);
        extra_value = atoi(word[3]);
        extra_octets = word[4] != NULL ? (size_t)atoi(word[4]) : sizeof extra_value;
        answer(0);
    } else if (strcmp(command, "nonblock") == 0) {
        answer(fcntl(fd, F_SETFL, atoi(word[1]) ? O_NONBLOCK : 0));
    } else if (strcmp(command, "sndtimeo") == 0) {
        struct timeval timeout = {0, atoi(word[1]) * 1000};
        answer(CALL(setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout));
    } else if (strcmp(command, "shutdown") == 0) {
        answer(CALL(shutdown, fd, SHUT_WR));
    } else if (strcmp(command, "port") == 0) {
        socklen_t length = sizeof address;
        getsockname(fd, (struct sockaddr *)&address, &length);
        answer(ntohs(address.sin_port));
    }
}

static void do_send(const char *command, char *const *word) {
    struct datagram datagram;
    if (strcmp(command, "stamp") == 0) {
        answer(send_stamped(word[1], atoi(word[2]), atoi(word[3]), atoi(word[5]), 7, atoll(word[4]),
                            0));
    } else if (strcmp(command, "bad") == 0) {
        answer(send_bad(word[1], atoi(word[2]), (size_t)atoi(word[3])));
    } else if (strcmp(command, "many") == 0) {
        send_many(word[1], atoi(word[2]), atoi(word[3]), atoi(word[4]), atoll(word[5]),
                  atoi(word[6]));
    } else if (strcmp(command, "plain") == 0) {
        struct msghdr message =
            compose(&datagram, word[1], atoi(word[2]), atoi(word[3]), 1, 7, NULL);
        answer(CALL(sendmsg, fd, &message, 0));
    } else if (strcmp(command, "more") == 0) {
        struct sockaddr_in address;
        socklen_t length = parse_address(word[1], atoi(word[2]), &address);
        answer(CALL(sendto, fd, "more", 4, MSG_MORE, (struct sockaddr *)&address, length));
    } else if (strcmp(command, "splice") == 0) {
        int ends[2];
        unsigned int more = atoi(word[1]) ? SPLICE_F_MORE : 0;
        answer(pipe(ends) == 0 && write(ends[1], "splice", 6) == 6
                   ? CALL(splice, ends[0], NULL, fd, NULL, (size_t)6, more)
                   : -2);
        close(ends[0]);
        close(ends[1]);
    } else if (strcmp(command, "file") == 0) {
        off_t offset = 0;
        int file = open(self, O_RDONLY | O_CLOEXEC);
        answer(CALL(sendfile, fd, file, &offset, (size_t)atoi(word[1])));
        close(file);
    } else if (strcmp(command, "write") == 0) {
        answer(write(fd, "write", 5));
    } else if (strcmp(command, "joined") == 0) {
        answer(send_stamped(word[1], atoi(word[2]), atoi(word[3]), 1, 7, 1, MSG_MORE));
    } else if (strcmp(command, "flood") == 0) {
        flood(atoi(word[1]), atoi(word[2]), atoi(word[3]));
    } else if (strcmp(command, "stream") == 0) {
        stream.count = atoi(word[1]);
        stream.period_us = atoi(word[2]);
        answer(pthread_create(&stream.thread, NULL, stream_thread, NULL));
    } else if (strcmp(command, "join") == 0) {
        pthread_join(stream.thread, NULL);
        printf("%d %d %lld\n", stream.failures, stream.error, (long long)stream.longest_ns / 1000);
        fflush(stdout);
    } else if (strcmp(command, "block") == 0) {
        answer(pthread_create(&blocked, NULL, blocked_thread, NULL));
    } else if (strcmp(command, "cancel") == 0) {
        void *result;
        pthread_cancel(blocked);
        pthread_join(blocked, &result);
        answer(result == PTHREAD_CANCELED);
    }
}

static void do_process(const char *command, char *const *word) {
    if (strcmp(command, "dup") == 0) {
        int copy = dup(fd);
        close(fd);
        fd = copy;
        answer(fd);
    } else if (strcmp(command, "dup2") == 0) {
        answer(CALL(dup2, STDERR_FILENO, atoi(word[1])));
    } else if (strcmp(command, "close") == 0) {
        answer(CALL(close, atoi(word[1])));
    } else if (strcmp(command, "closefrom") == 0) {
        closefrom(atoi(word[1]));
        answer(0);
    } else if (strcmp(command, "closerange") == 0) {
        answer(CALL(close_range, (unsigned)atoi(word[1]), ~0u, 0));
    } else if (strcmp(command, "vfork") == 0) {
        pid_t child = vfork();
        if (child == 0) {
            dup2(STDERR_FILENO, atoi(word[1]));
            _exit(0);
        }
        answer(waitpid(child, NULL, 0) == child ? 0 : -1);
    } else if (strcmp(command, "fork") == 0) {
        pid_t child = fork();
        if (child != 0) {
            waitpid(child, NULL, 0);
            exit(0);
        }
        answer(0);
    } else if (strcmp(command, "exec") == 0) {
        become("--continue", fd);
    } else if (strcmp(command, "pass") == 0) {
        pass_on();
    } else if (strcmp(command, "now") == 0) {
        answer(now_ns(atoi(word[1])));
    } else if (strcmp(command, "alarm") == 0) {
        set_alarm(atoi(word[1]), atoi(word[2]));
    }
}

int main(int argc, char **argv) {
    self = argv[0];
    /* Unbuffered, so that a command is never read ahead by the wrong process. */
    setvbuf(stdin, NULL, _IONBF, 0);
    if (argc == 3) {
        fd = atoi(argv[2]);
        if (strcmp(argv[1], "--receive") == 0)
            fd = receive_socket(fd);
        answer(fd);
    }
    char line[256];
    while (read_command(line, sizeof line)) {
        char *word[12] = {0};
        int count = 0;
        for (char *token = strtok(line, " \n"); token != NULL && count < 11;
             token = strtok(NULL, " \n"))
            word[count++] = token;
        if (count == 0)
            continue;
        do_setup(word[0], word);
        do_send(word[0], word);
        do_process(word[0], word);
    }
    return 0;
}
