#include "libc.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>

/* Every need once more, under a name of its own, of which only the address counts. */
#define DECLARE(name) extern const char need_##name[] __asm__(#name) __attribute__((weak));
KTSN_LIBC_NEEDS(DECLARE)

static bool has_all(void) {
    bool all = true;
#define LOOK(name) all = all && need_##name != NULL;
    KTSN_LIBC_NEEDS(LOOK)
    return all;
}

static bool begins(const char *text, const char *with) {
    for (; *with != '\0'; text++, with++) {
        if (*text != *with)
            return false;
    }
    return true;
}

/* The last part of the path of the program's dynamic linker; empty if it has none. */
static const char *interpreter(void) {
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    size_t count = getauxval(AT_PHNUM);
    uintptr_t base = 0;
    const char *path = NULL;
    for (size_t i = 0; headers != NULL && i < count; i++) {
        if (headers[i].p_type == PT_PHDR)
            base = (uintptr_t)headers - headers[i].p_vaddr;
        if (headers[i].p_type == PT_INTERP)
            path = (const char *)(base + headers[i].p_vaddr);
    }
    if (path == NULL)
        return "";
    const char *name = path;
    for (; *path != '\0'; path++) {
        if (*path == '/')
            name = path + 1;
    }
    return name;
}

enum ktsn_libc ktsn_libc_recognise(void) {
    if (!has_all())
        return KTSN_LIBC_UNKNOWN;
    const char *name = interpreter();
    if (begins(name, "ld-musl-"))
        return KTSN_LIBC_MUSL;
    return begins(name, "ld-linux") || begins(name, "ld64.so") ? KTSN_LIBC_GLIBC
                                                               : KTSN_LIBC_UNKNOWN;
}
