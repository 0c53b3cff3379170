#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "json.h"

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

    if (!json_string(s, &key) || !json_take(s, ':'))
        return false;
    bool version = json_is(&key, "cniVersion");
    if (!version && !json_is(&key, "instance"))
        return json_value(s, JSON_DEPTH_MAX);
    json_blanks(s);
    if (s->at == s->end || *s->at != '"') {
        if (s->at == s->end || *s->at != 'n')
            *understood = false;
        return json_value(s, JSON_DEPTH_MAX);
    }
    if (!json_string(s, &content))
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
    if (!json_take(&s, '{'))
        return -EBADMSG;
    if (!json_take(&s, '}')) {
        do {
            if (!member(&s, config, &understood))
                return -EBADMSG;
        } while (json_take(&s, ','));
        if (!json_take(&s, '}'))
            return -EBADMSG;
    }
    json_blanks(&s);
    if (s.at != s.end)
        return -EBADMSG;
    return understood ? 0 : -EINVAL;
}
