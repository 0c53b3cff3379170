/*
 * What the objects behind this library define, in the order in which the dynamic linker searches
 * them: dlsym(RTLD_NEXT, ...), which older C libraries keep in a library of its own. Reads the
 * objects' symbol tables; allocates nothing.
 */
#ifndef KTSN_LOOKUP_H
#define KTSN_LOOKUP_H

#include <stddef.h>

struct ktsn_wanted {
    const char *name;
    void *address; /* of the function, in its newest version; NULL: nobody defines it */
};

void ktsn_lookup(struct ktsn_wanted *wanted, size_t count);

#endif
