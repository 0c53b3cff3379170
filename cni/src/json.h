/* A scanner of JSON (RFC 8259) that keeps nothing, and bounds how deep it goes. */
#ifndef KTSN_CNI_JSON_H
#define KTSN_CNI_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* Deeper than any configuration, and far from the end of the stack. */
#define JSON_DEPTH_MAX 64

struct scanner {
    const char *at;
    const char *end;
};

struct span {
    const char *begin;
    size_t length;
    bool plain; /* without escapes */
};

void json_blanks(struct scanner *s);

/* Takes one character, behind blanks; false if it is another one. */
bool json_take(struct scanner *s, char wanted);

/* Takes a string; the content is what stands between the quotes. */
bool json_string(struct scanner *s, struct span *content);

/* Takes a value of any kind; false if it makes no sense, or is nested deeper than depth. */
bool json_value(struct scanner *s, int depth);

bool json_is(const struct span *key, const char *name);

/*
 * Finds a string in an object.
 *
 * names: where it is, from the outermost member inwards, ended by NULL
 * to: the string, of size octets with its end
 * Returns 0, -ENOENT if there is none, -EBADMSG if this is not JSON up to there or the member is of
 * another kind, or -EINVAL if it has escapes or is too long.
 */
int json_find(const char *text, size_t length, const char *const *names, char *to, size_t size);

#endif
