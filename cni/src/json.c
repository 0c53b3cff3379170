#include "json.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

void json_blanks(struct scanner *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
        s->at++;
}

bool json_take(struct scanner *s, char wanted) {
    json_blanks(s);
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

bool json_string(struct scanner *s, struct span *content) {
    if (!json_take(s, '"'))
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
    return json_take(s, '"');
}

static bool array(struct scanner *s, int depth) {
    if (json_take(s, ']'))
        return true;
    do {
        if (!json_value(s, depth))
            return false;
    } while (json_take(s, ','));
    return json_take(s, ']');
}

static bool object(struct scanner *s, int depth) {
    struct span key;

    if (json_take(s, '}'))
        return true;
    do {
        if (!json_string(s, &key) || !json_take(s, ':') || !json_value(s, depth))
            return false;
    } while (json_take(s, ','));
    return json_take(s, '}');
}

bool json_value(struct scanner *s, int depth) {
    struct span ignored;

    json_blanks(s);
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
        return json_string(s, &ignored);
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

bool json_is(const struct span *key, const char *name) {
    return key->length == strlen(name) && memcmp(key->begin, name, key->length) == 0;
}

/* Looks into an object, of which '{' is taken: 0, -ENOENT or -EBADMSG. */
static int find(struct scanner *s, const char *const *names, struct span *found) {
    struct span key;

    if (json_take(s, '}'))
        return -ENOENT;
    do {
        if (!json_string(s, &key) || !json_take(s, ':'))
            return -EBADMSG;
        if (json_is(&key, names[0])) {
            if (names[1] == NULL)
                return json_string(s, found) ? 0 : -EBADMSG;
            return json_take(s, '{') ? find(s, names + 1, found) : -EBADMSG;
        }
        if (!json_value(s, JSON_DEPTH_MAX))
            return -EBADMSG;
    } while (json_take(s, ','));
    return json_take(s, '}') ? -ENOENT : -EBADMSG;
}

int json_find(const char *text, size_t length, const char *const *names, char *to, size_t size) {
    struct scanner s = {.at = text, .end = text + length};
    struct span found;
    int status = json_take(&s, '{') ? find(&s, names, &found) : -EBADMSG;

    if (status < 0)
        return status;
    if (!found.plain || found.length >= size || memchr(found.begin, '\0', found.length) != NULL)
        return -EINVAL;
    memcpy(to, found.begin, found.length);
    to[found.length] = '\0';
    return 0;
}
