#include "error.h"

#include <stdarg.h>
#include <stdio.h>

#include "ktsn_native.h"

static _Thread_local char sentence[1024];

const char *ktsn_error(void) {
    return sentence;
}

int ktsn_fail(int number, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return -number;
}
