#include "lookup.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* In the table of versions: this definition is there for old programs only. */
#define HIDDEN_VERSION 0x8000

/* The parts of an object that tell what it defines. */
struct object {
    uintptr_t base;
    const ElfW(Sym) * symbols;
    const char *names;
    const uint32_t *gnu_hash; /* or NULL */
    const uint32_t *hash;     /* or NULL */
    const uint16_t *versions; /* or NULL */
};

/* Some dynamic linkers put addresses in place of the file's offsets, some do not. */
static const void *at(uintptr_t base, ElfW(Addr) value) {
    return (const void *)(value < base ? base + value : value);
}

static bool read_object(const struct dl_phdr_info *info, struct object *object) {
    const ElfW(Dyn) *entry = NULL;
    *object = (struct object){.base = info->dlpi_addr};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            entry = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    }
    for (; entry != NULL && entry->d_tag != DT_NULL; entry++) {
        const void *address = at(object->base, entry->d_un.d_ptr);
        switch (entry->d_tag) {
        case DT_SYMTAB:
            object->symbols = address;
            break;
        case DT_STRTAB:
            object->names = address;
            break;
        case DT_GNU_HASH:
            object->gnu_hash = address;
            break;
        case DT_HASH:
            object->hash = address;
            break;
        case DT_VERSYM:
            object->versions = address;
            break;
        }
    }
    return object->symbols != NULL && object->names != NULL;
}

static void *function(const struct object *object, uint32_t index, const char *name) {
    const ElfW(Sym) *symbol = &object->symbols[index];
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_value == 0 ||
        ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || ELF64_ST_BIND(symbol->st_info) == STB_LOCAL ||
        (object->versions != NULL && (object->versions[index] & HIDDEN_VERSION) != 0) ||
        strcmp(object->names + symbol->st_name, name) != 0)
        return NULL;
    return (void *)(object->base + symbol->st_value);
}

static void *find_gnu(const struct object *object, const char *name) {
    uint32_t buckets = object->gnu_hash[0], first = object->gnu_hash[1];
    uint32_t filter_words = object->gnu_hash[2];
    const uint32_t *bucket =
        object->gnu_hash + 4 + filter_words * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    const uint32_t *chain = bucket + buckets;
    uint32_t hash = 5381;
    for (const unsigned char *octet = (const unsigned char *)name; *octet != 0; octet++)
        hash = hash * 33 + *octet;
    if (buckets == 0 || bucket[hash % buckets] < first)
        return NULL;
    for (uint32_t index = bucket[hash % buckets];; index++) {
        uint32_t stored = chain[index - first];
        void *found = (stored | 1) == (hash | 1) ? function(object, index, name) : NULL;
        if (found != NULL || (stored & 1) != 0)
            return found;
    }
}

static void *find_sysv(const struct object *object, const char *name) {
    uint32_t buckets = object->hash[0];
    const uint32_t *bucket = object->hash + 2, *chain = bucket + buckets;
    uint32_t hash = 0;
    for (const unsigned char *octet = (const unsigned char *)name; *octet != 0; octet++) {
        hash = (hash << 4) + *octet;
        hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
    }
    void *found = NULL;
    for (uint32_t index = buckets == 0 ? 0 : bucket[hash % buckets]; index != 0 && found == NULL;
         index = chain[index])
        found = function(object, index, name);
    return found;
}

struct search {
    struct ktsn_wanted *wanted;
    size_t count, missing;
    bool behind; /* this library was passed */
};

static bool is_self(const struct dl_phdr_info *info) {
    uintptr_t here = (uintptr_t)&ktsn_lookup;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_LOAD &&
            here - (info->dlpi_addr + header->p_vaddr) < header->p_memsz)
            return true;
    }
    return false;
}

static int visit(struct dl_phdr_info *info, size_t size, void *argument) {
    struct search *search = argument;
    struct object object;
    (void)size;
    if (!search->behind) {
        search->behind = is_self(info);
        return 0;
    }
    if (!read_object(info, &object) || (object.gnu_hash == NULL && object.hash == NULL))
        return 0;
    for (size_t i = 0; i < search->count; i++) {
        struct ktsn_wanted *wanted = &search->wanted[i];
        if (wanted->address != NULL)
            continue;
        wanted->address = object.gnu_hash != NULL ? find_gnu(&object, wanted->name)
                                                  : find_sysv(&object, wanted->name);
        search->missing -= wanted->address != NULL;
    }
    return search->missing == 0;
}

void ktsn_lookup(struct ktsn_wanted *wanted, size_t count) {
    struct search search = {.wanted = wanted, .count = count, .missing = count};
    for (size_t i = 0; i < count; i++)
        wanted[i].address = NULL;
    dl_iterate_phdr(visit, &search);
}
