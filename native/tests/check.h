/* A test is a function; CHECK fails it with a sentence. main() ends with REPORT(). */
#ifndef KTSN_CHECK_H
#define KTSN_CHECK_H

#include <stdio.h>

static int checks_failed, tests_passed, tests_failed;

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                        \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            checks_failed++;                                                                       \
        }                                                                                          \
    } while (0)

#define RUN(test)                                                                                  \
    do {                                                                                           \
        checks_failed = 0;                                                                         \
        test();                                                                                    \
        if (checks_failed) {                                                                       \
            tests_failed++;                                                                        \
            fprintf(stderr, "FAILED %s\n", #test);                                                 \
        } else {                                                                                   \
            tests_passed++;                                                                        \
        }                                                                                          \
    } while (0)

#define REPORT()                                                                                   \
    (printf("%d passed, %d failed\n", tests_passed, tests_failed), tests_failed ? 1 : 0)

#endif
