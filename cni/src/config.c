#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Deeper than any configuration, and far from the end of the stack. */
#define DEPTH_MAX 64

struct scanner {
    const char *at;
    const char *end;
};

struct span {
    const char *begin;
    size_t length;
    bool plain; /* without escapes */
};

static bool value(struct scanner *s, int depth);

static void blanks(struct scanner *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
        s->at++;
}

static bool take(struct scanner *s, char wanted) {
    blanks(s);
    if (s->at == s->end || *s->at != wanted)
        return false;
    s->at++;
    return true;
}

static bool word(struct scanner *s, const char *wanted) {
    size_t length = strlen(wanted);

    if ((size_t)(s->end - s->at) < length || memcmp(s->at, wanted, length) != 0)
        return false;
    s->at += length;
    return true;
}

static bool digits(struct scanner *s) {
    const char *begin = s->at;

    while (s->at < s->end && isdigit((unsigned char)*s->at))
        s->at++;
    return s->at > begin;
}

static bool number(struct scanner *s) {
    if (*s->at == '-')
        s->at++;
    if (s->at < s->end && *s->at == '0')
        s->at++;
    else if (!digits(s))
        return false;
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!digits(s))
            return false;
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        if (!digits(s))
            return false;
    }
    return true;
}

static bool escape(struct scanner *s) {
    if (s->at == s->end)
        return false;
    char kind = *s->at++;
    if (kind != 'u')
        return kind != '\0' && strchr("\"\\/bfnrt", kind) != NULL;
    for (int i = 0; i < 4; i++) {
        if (s->at == s->end || !isxdigit((unsigned char)*s->at))
            return false;
        s->at++;
    }
    return true;
}

static bool string(struct scanner *s, struct span *content) {
    if (!take(s, '"'))
        return false;
    content->begin = s->at;
    content->plain = true;
    while (s->at < s->end && *s->at != '"') {
        unsigned char octet = (unsigned char)*s->at++;
        if (octet < 0x20)
            return false;
        if (octet == '\\') {
            content->plain = false;
            if (!escape(s))
                return false;
        }
    }
    content->length = (size_t)(s->at - content->begin);
    return take(s, '"');
}

static bool array(struct scanner *s, int depth) {
    if (take(s, ']'))
        return true;
    do {
        if (!value(s, depth))
            return false;
    } while (take(s, ','));
    return take(s, ']');
}

static bool object(struct scanner *s, int depth) {
    struct span key;

    if (take(s, '}'))
        return true;
    do {
        if (!string(s, &key) || !take(s, ':') || !value(s, depth))
            return false;
    } while (take(s, ','));
    return take(s, '}');
}

static bool value(struct scanner *s, int depth) {
    struct span ignored;

    blanks(s);
    if (s->at == s->end || depth == 0)
        return false;
    switch (*s->at) {
    case '{':
        s->at++;
        return object(s, depth - 1);
    case '[':
        s->at++;
        return array(s, depth - 1);
    case '"':
        return string(s, &ignored);
    case 't':
        return word(s, "true");
    case 'f':
        return word(s, "false");
    case 'n':
        return word(s, "null");
    default:
        return number(s);
    }
}

static bool is(const struct span *key, const char *name) {
    return key->length == strlen(name) && memcmp(key->begin, name, key->length) == 0;
}

static bool copy(char *to, size_t size, const struct span *from, const char *allowed) {
    if (!from->plain || from->length == 0 || from->length >= size)
        return false;
    for (size_t i = 0; i < from->length; i++) {
        if (from->begin[i] == '\0' || strchr(allowed, from->begin[i]) == NULL)
            return false;
    }
    memcpy(to, from->begin, from->length);
    to[from->length] = '\0';
    return true;
}

/*
 * A member of the configuration itself; *understood is false if it is ours and makes no sense. An
 * empty one is as good as none.
 */
static bool member(struct scanner *s, struct config *config, bool *understood) {
    struct span key, content;

    if (!string(s, &key) || !take(s, ':'))
        return false;
    bool version = is(&key, "cniVersion");
    if (!version && !is(&key, "instance"))
        return value(s, DEPTH_MAX);
    blanks(s);
    if (s->at == s->end || *s->at != '"') {
        if (s->at == s->end || *s->at != 'n')
            *understood = false;
        return value(s, DEPTH_MAX);
    }
    if (!string(s, &content))
        return false;
    if (content.length == 0)
        return true;
    if (!(version ? copy(config->version, sizeof(config->version), &content,
                         "0123456789.-+abcdefghijklmnopqrstuvwxyz")
                  : copy(config->instance, sizeof(config->instance), &content,
                         "0123456789abcdefghijklmnopqrstuvwxyz")))
        *understood = false;
    return true;
}

int config_read(const char *text, size_t length, struct config *config) {
    struct scanner s = {.at = text, .end = text + length};
    bool understood = true;

    memset(config, 0, sizeof(*config));
    if (!take(&s, '{'))
        return -EBADMSG;
    if (!take(&s, '}')) {
        do {
            if (!member(&s, config, &understood))
                return -EBADMSG;
        } while (take(&s, ','));
        if (!take(&s, '}'))
            return -EBADMSG;
    }
    blanks(&s);
    if (s.at != s.end)
        return -EBADMSG;
    return understood ? 0 : -EINVAL;
}
