/*
 * Preloaded into a program that insists on a network card with a clock: gives each interface one,
 * which says what the kernel's software timestamps say. Nothing else is changed.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <time.h>

#include <linux/errqueue.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/types.h>

static void *next(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

/* An interface's abilities, as the kernel has told them, with a clock of number 0. */
static void add_clock(const struct ifreq *request) {
    struct ethtool_ts_info *info = (struct ethtool_ts_info *)request->ifr_data;
    if (info->cmd != ETHTOOL_GET_TS_INFO)
        return;
    info->phc_index = 0;
    info->so_timestamping |=
        SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
}

int ioctl(int fd, unsigned long request, ...) {
    int (*ask)(int, unsigned long, ...);
    *(void **)&ask = next("ioctl");
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (request == SIOCSHWTSTAMP)
        return 0;
    int result = ask(fd, request, argument);
    if (result == 0 && request == SIOCETHTOOL)
        add_clock(argument);
    return result;
}

/* The clock: nothing can be asked of it but the time. */
int open(const char *path, int flags, ...) {
    int (*open_file)(const char *, int, ...);
    *(void **)&open_file = next("open");
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_file(strcmp(path, "/dev/ptp0") == 0 ? "/dev/null" : path, flags, mode);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*read_clock)(clockid_t, struct timespec *);
    *(void **)&read_clock = next("clock_gettime");
    return read_clock(clock < 0 ? CLOCK_TAI : clock, now);
}

/* A report of anything but the transmission itself: of what was queued, for instance. */
static int is_other_report(struct msghdr *message) {
    for (struct cmsghdr *each = CMSG_FIRSTHDR(message); each; each = CMSG_NXTHDR(message, each)) {
        struct sock_extended_err error;
        if (each->cmsg_level == SOL_SOCKET)
            continue;
        memcpy(&error, CMSG_DATA(each), sizeof error);
        if (error.ee_origin != SO_EE_ORIGIN_TIMESTAMPING || error.ee_info != SCM_TSTAMP_SND)
            return 1;
    }
    return 0;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    ssize_t (*receive)(int, struct msghdr *, int);
    *(void **)&receive = next("recvmsg");
    ssize_t octets = receive(fd, message, flags);
    if (octets < 0 || is_other_report(message))
        return octets;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(message); each; each = CMSG_NXTHDR(message, each)) {
        struct scm_timestamping stamps;
        if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SO_TIMESTAMPING)
            continue;
        memcpy(&stamps, CMSG_DATA(each), sizeof stamps);
        struct timex kernel = {0};
        adjtimex(&kernel);
        stamps.ts[2] = stamps.ts[0];
        stamps.ts[2].tv_sec += kernel.tai;
        memcpy(CMSG_DATA(each), &stamps, sizeof stamps);
    }
    return octets;
}
