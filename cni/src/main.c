/*
 * tsn-cni: what a container runtime calls as CNI plugin. It hands environment and standard input to
 * KTSNd, and KTSNd's answer back. Nothing but JSON goes to standard output, nothing at all to
 * standard error.
 *
 *   KTSN_CNI_SOCKET      KTSNd's socket; otherwise /run/INSTANCE/cni.sock, INSTANCE being the
 *                        configuration's "instance" or ktsn
 *   KTSN_CNI_TIMEOUT_MS  how long KTSNd may take; otherwise 60000
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "paths.h"
#include "relay.h"

extern char **environ;

#define NEWEST_VERSION "1.1.0"

/* The codes of the CNI specification, section 5. */
enum {
    CNI_BAD_ENVIRONMENT = 4,
    CNI_IO_FAILURE = 5,
    CNI_UNDECODABLE = 6,
    CNI_BAD_CONFIG = 7,
    CNI_TRY_AGAIN_LATER = 11,
    CNI_NOT_AVAILABLE = 50,
};

static void print_escaped(const char *text) {
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            printf("\\%c", *at);
        else if (*at < 0x20 || *at > 0x7e)
            printf("\\u%04x", *at < 0x80 ? *at : 0xfffd);
        else
            putchar(*at);
    }
}

__attribute__((format(printf, 3, 4))) static int fail(const struct config *config, int code,
                                                      const char *format, ...) {
    char message[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    printf("{\"cniVersion\":\"%s\",\"code\":%d,\"msg\":\"",
           config->version[0] != '\0' ? config->version : NEWEST_VERSION, code);
    print_escaped(message);
    printf("\"}\n");
    return 1;
}

static int print_versions(const struct config *config) {
    printf("{\"cniVersion\":\"%s\","
           "\"supportedVersions\":[\"0.3.1\",\"0.4.0\",\"1.0.0\",\"" NEWEST_VERSION "\"]}\n",
           config->version[0] != '\0' ? config->version : NEWEST_VERSION);
    return 0;
}

static int64_t limit_ms(void) {
    const char *given = getenv("KTSN_CNI_TIMEOUT_MS");
    long value = given != NULL ? strtol(given, NULL, 10) : 0;

    return value > 0 && value <= 3600000 ? value : 60000;
}

static int explain(const struct config *config, const char *command, const char *path, int status,
                   int64_t limit) {
    int code = strcmp(command, "STATUS") == 0 ? CNI_NOT_AVAILABLE : CNI_TRY_AGAIN_LATER;

    switch (-status) {
    case ENOENT:
    case ECONNREFUSED:
        return fail(config, code,
                    "KTSNd is away: nobody listens on %s; start it, and the runtime's next try "
                    "succeeds",
                    path);
    case EPROTO:
    case ECONNRESET:
    case EPIPE:
        return fail(config, code,
                    "KTSNd ended before it answered on %s; its log says why, and the runtime's "
                    "next try may succeed",
                    path);
    case ETIMEDOUT:
        return fail(config, code,
                    "KTSNd did not answer on %s within %lld ms; its log says what it waits for",
                    path, (long long)limit);
    case ENAMETOOLONG:
        return fail(config, CNI_BAD_ENVIRONMENT,
                    "the socket's path %.40s... is longer than the 107 octets of a Unix socket; "
                    "give a shorter one in KTSN_CNI_SOCKET",
                    path);
    case E2BIG:
        return fail(config, CNI_BAD_ENVIRONMENT,
                    "the environment has more than %d octets; give the plugin less",
                    RELAY_ENVIRONMENT_MAX);
    case EACCES:
        return fail(config, CNI_IO_FAILURE, "%s can't be used (%s); run the plugin as root", path,
                    strerror(-status));
    default:
        return fail(config, CNI_IO_FAILURE, "KTSNd can't be asked on %s (%s)", path,
                    strerror(-status));
    }
}

static int hand_over(const struct config *config, const char *command, const struct buffer *input,
                     int64_t deadline_ms, int64_t limit) {
    const char *path = getenv("KTSN_CNI_SOCKET");
    char derived[64];
    struct answer answer;

    if (path == NULL || path[0] == '\0') {
        snprintf(derived, sizeof(derived), "/run/%s/cni.sock",
                 config->instance[0] != '\0' ? config->instance : "ktsn");
        path = derived;
    }
    int status = paths_settle();
    if (status < 0)
        return fail(config, CNI_BAD_ENVIRONMENT,
                    "CNI_PATH has a folder that is relative to the working directory, which can't "
                    "be told (%s); give absolute paths",
                    strerror(-status));
    status = relay(path, environ, input, deadline_ms, &answer);
    int exit_code;
    if (status < 0) {
        exit_code = explain(config, command, path, status, limit);
    } else {
        fwrite(answer.output.data, 1, answer.output.length, stdout);
        exit_code = (int)answer.exit_code;
    }
    free(answer.output.data);
    return exit_code;
}

static int run(const char *command, struct config *config, struct buffer *input) {
    int64_t limit = limit_ms();
    int64_t deadline_ms = now_ms() + limit;

    if (command == NULL || command[0] == '\0')
        return fail(config, CNI_BAD_ENVIRONMENT,
                    "CNI_COMMAND is not set; a runtime sets it to ADD, DEL, CHECK, GC, STATUS or "
                    "VERSION");
    int status = read_all(STDIN_FILENO, RELAY_INPUT_MAX, deadline_ms, input);
    if (status == -EMSGSIZE)
        return fail(config, CNI_BAD_CONFIG,
                    "the network configuration has more than %d octets; make it smaller",
                    RELAY_INPUT_MAX);
    if (status < 0)
        return fail(config, CNI_IO_FAILURE,
                    "the network configuration can't be read from standard input (%s)",
                    strerror(-status));
    int version = strcmp(command, "VERSION") == 0;
    if (version && input->length == 0)
        return print_versions(config);
    status = config_read(input->data, input->length, config);
    if (status == -EBADMSG)
        return fail(config, CNI_UNDECODABLE,
                    "what came on standard input is not a JSON object; give the network "
                    "configuration");
    if (status == -EINVAL)
        return fail(config, CNI_BAD_CONFIG,
                    "\"cniVersion\" must be a version such as \"1.1.0\", and \"instance\" one to "
                    "eight lower-case letters or digits");
    if (version)
        return print_versions(config);
    return hand_over(config, command, input, deadline_ms, limit);
}

int main(void) {
    struct config config = {0};
    struct buffer input = {0};
    int exit_code = run(getenv("CNI_COMMAND"), &config, &input);

    free(input.data);
    return fflush(stdout) == 0 ? exit_code : 1;
}
