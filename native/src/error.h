/* The sentence that goes with an error code; one per thread. */
#ifndef KTSN_ERROR_H
#define KTSN_ERROR_H

/* Stores a sentence for this thread and returns -number, so that a function can end with it. */
int ktsn_fail(int number, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
