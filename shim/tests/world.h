/* The network in which the tests' programs run, and how they come by the library. */
#ifndef KTSN_TEST_WORLD_H
#define KTSN_TEST_WORLD_H

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"

/* Runs a line of shell; ends the program if that fails. */
__attribute__((format(printf, 1, 2))) static inline void command(const char *format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (system(line) != 0) {
        fprintf(stderr, "failed: %s\n", line);
        exit(2);
    }
}

/*
 * Enters a network namespace of its own, in which there is nothing but lo. What others do on the
 * machine is not to make KTSNd's part here so slow that the library takes it for away.
 */
static inline void enter_network(void) {
    if (geteuid() != 0) {
        fprintf(stderr, "these tests make a network namespace: run them as root\n");
        exit(2);
    }
    setpriority(PRIO_PROCESS, 0, -15);
    CHECK_EQUAL(unshare(CLONE_NEWNET), 0);
    command("ip link set lo up");
}

/*
 * Begins the program again with KTSN_SOCKET set, because the library reads its environment when a
 * process begins, and preloaded if the first argument names it (none, or "-": it is in the
 * program). Returns the second time, with the path.
 */
static inline void begin_with_library(char **argv, const char *name, char *path, size_t octets) {
    if (getenv("KTSN_SOCKET") == NULL) {
        snprintf(path, octets, "/tmp/ktsn-%s-%d.sock", name, (int)getpid());
        setenv("KTSN_SOCKET", path, 1);
        if (argv[1] != NULL && strcmp(argv[1], "-") != 0)
            setenv("LD_PRELOAD", argv[1], 1);
        execv("/proc/self/exe", argv);
        exit(2);
    }
    snprintf(path, octets, "%s", getenv("KTSN_SOCKET"));
}

#endif
