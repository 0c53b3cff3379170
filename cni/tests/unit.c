/* The reader of configurations: what it accepts, what it refuses, and that no octets break it. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "paths.h"

static int failed;

static void check(const char *name, int holds) {
    printf("%s %s\n", holds ? "ok" : "not ok", name);
    failed |= !holds;
}

/* On the heap, to the octet: so that a sanitizer sees each read beyond the end. */
static int read_text(const char *text, size_t length, struct config *config) {
    char *copy = malloc(length == 0 ? 1 : length);
    memcpy(copy, text, length);
    int status = config_read(copy, length, config);
    free(copy);
    return status;
}

static const struct {
    const char *text;
    int status;
    const char *version;
    const char *instance;
} CASES[] = {
    {"{}", 0, "", ""},
    {" \t\r\n{ } \n", 0, "", ""},
    {"{\"cniVersion\":\"1.0.0\"}", 0, "1.0.0", ""},
    {"{\"name\":\"n\",\"cniVersion\" : \"0.3.1\" , \"instance\":\"ktsn2\"}", 0, "0.3.1", "ktsn2"},
    {"{\"a\":{\"cniVersion\":\"9\"},\"b\":[{\"instance\":\"x\"}]}", 0, "", ""},
    {"{\"a\":[1,-2.5e+3,0,true,false,null,\"\\u00e4\\n\\\"\",[],{}]}", 0, "", ""},
    {"{\"cniVersion\":1}", -EINVAL, "", ""},
    {"{\"cniVersion\":\"\"}", 0, "", ""},
    {"{\"cniVersion\":null,\"instance\":\"\"}", 0, "", ""},
    {"{\"instance\":\"\",\"cniVersion\":\"1.0.0\"}", 0, "1.0.0", ""},
    {"{\"cniVersion\":\"1.0.0\\u0022\"}", -EINVAL, "", ""},
    {"{\"cniVersion\":\"1.0.0\",\"instance\":\"../x\"}", -EINVAL, "1.0.0", ""},
    {"{\"instance\":\"ninechars\"}", -EINVAL, "", ""},
    {"{\"instance\":null}", 0, "", ""},
    {"{\"instance\":0}", -EINVAL, "", ""},
    {"{\"instance\":nil}", -EBADMSG, "", ""},
    {"", -EBADMSG, "", ""},
    {"[]", -EBADMSG, "", ""},
    {"null", -EBADMSG, "", ""},
    {"{", -EBADMSG, "", ""},
    {"{}x", -EBADMSG, "", ""},
    {"{\"a\":1,}", -EBADMSG, "", ""},
    {"{\"a\" 1}", -EBADMSG, "", ""},
    {"{\"a\":01}", -EBADMSG, "", ""},
    {"{\"a\":1.}", -EBADMSG, "", ""},
    {"{\"a\":1e}", -EBADMSG, "", ""},
    {"{\"a\":-}", -EBADMSG, "", ""},
    {"{\"a\":tru}", -EBADMSG, "", ""},
    {"{\"a\":\"\\x\"}", -EBADMSG, "", ""},
    {"{\"a\":\"\\u12g4\"}", -EBADMSG, "", ""},
    {"{\"a\":\"line\nbreak\"}", -EBADMSG, "", ""},
    {"{\"a\":\"open", -EBADMSG, "", ""},
    {"{\"a\":[1,]}", -EBADMSG, "", ""},
    {"{'a':1}", -EBADMSG, "", ""},
};

static void cases(void) {
    char name[128];
    struct config config;

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        int status = read_text(CASES[i].text, strlen(CASES[i].text), &config);
        snprintf(name, sizeof(name), "configuration %zu is understood as it should be", i);
        check(name, status == CASES[i].status && strcmp(config.version, CASES[i].version) == 0 &&
                        strcmp(config.instance, CASES[i].instance) == 0);
    }
}

static void search_path(const char *list, const char *wanted) {
    char name[128];
    char *path = paths_absolute(list, "/run/x");

    snprintf(name, sizeof(name), "the search path '%s' is made absolute", list);
    check(name, path != NULL && strcmp(path, wanted) == 0);
    free(path);
}

static void search_paths(void) {
    search_path("/opt/cni/bin", "/opt/cni/bin");
    search_path("bin", "/run/x/bin");
    search_path(".", "/run/x/.");
    search_path("../bin:/opt/cni/bin:b", "/run/x/../bin:/opt/cni/bin:/run/x/b");
    search_path(":a:", ":/run/x/a:");
    search_path("", "");
}

static void depth(void) {
    char text[1024];
    struct config config;

    memset(text, '[', sizeof(text));
    memcpy(text, "{\"a\":", 5);
    check("a configuration of great depth is refused",
          read_text(text, sizeof(text), &config) == -EBADMSG);
}

/* Changes, cuts and repeats a good text at random; a fixed seed, so that a failure comes again. */
static void mutations(void) {
    static const char good[] = "{\"cniVersion\":\"1.1.0\",\"instance\":\"ktsn\",\"ipam\":{\"a\":[1,"
                               "2.5e3,\"\\u00e4\"]},\"runtimeConfig\":{\"mac\":\"02:00\"}}";
    char text[sizeof(good)];
    struct config config;
    uint32_t random = 12345;
    int understood = 0, refused = 0;

    for (int round = 0; round < 20000; round++) {
        memcpy(text, good, sizeof(good));
        for (int change = 0; change < 3; change++) {
            random = random * 1664525u + 1013904223u;
            text[(random >> 8) % (sizeof(good) - 1)] = (char)(random >> 24);
        }
        random = random * 1664525u + 1013904223u;
        size_t length = (random & 0x300) != 0 ? sizeof(good) - 1 : random % sizeof(good);
        if (read_text(text, length, &config) == -EBADMSG)
            refused++;
        else
            understood++;
    }
    check("no octets break the reader", understood > 0 && refused > 0);
}

int main(void) {
    cases();
    search_paths();
    depth();
    mutations();
    return failed;
}
