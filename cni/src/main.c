/*
 * tsn-cni: what a container runtime calls as CNI plugin. It hands environment and standard input to
 * KTSNd, and KTSNd's answer back. Nothing but JSON goes to standard output, nothing at all to
 * standard error.
 *
 *   KTSN_CNI_SOCKET      KTSNd's socket; otherwise /run/INSTANCE/cni.sock, INSTANCE being the
 *                        configuration's "instance" or ktsn
 *   KTSN_CNI_TIMEOUT_MS  how long KTSNd may take; otherwise 60000, and for DEL at most 800
 *   KTSN_CNI_STATUS_WAIT_MS  how long STATUS waits for KTSNd; otherwise 15000
 *
 * DEL succeeds though KTSNd is away: it is written down then, and KTSNd does it when it is back.
 * STATUS waits for a KTSNd that is being replaced before it says that there is none.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "paths.h"
#include "pending.h"
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

/* What is left of a second, in which DEL is to end, for writing it down. */
#define DEL_LIMIT_MS 800

/*
 * A runtime takes STATUS for the node's: kubelet, which asks every 5 s, has the node NotReady and
 * its pods out of all services as soon as one fails. So the replacement of KTSNd is waited for; it
 * is twice as long as the slowest takes, and kubelet's patience with a runtime ends only at 30 s.
 */
#define STATUS_WAIT_MS 15000
#define STATUS_PERIOD_MS 100

/* How long a KTSNd that is there may take to say how it is. */
#define STATUS_ANSWER_MS 5000

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

/* A number of milliseconds from the environment. */
static int64_t given_ms(const char *name, long least, int64_t otherwise) {
    const char *given = getenv(name);
    char *end = NULL;
    long value = given != NULL ? strtol(given, &end, 10) : 0;

    return end != given && value >= least && value <= 3600000 ? value : otherwise;
}

static int64_t status_wait_ms(void) {
    return given_ms("KTSN_CNI_STATUS_WAIT_MS", 0, STATUS_WAIT_MS);
}

static int64_t least(int64_t one, int64_t other) {
    return one < other ? one : other;
}

static int64_t limit_ms(const char *command) {
    int64_t limit = given_ms("KTSN_CNI_TIMEOUT_MS", 1, 60000);

    if (command != NULL && strcmp(command, "DEL") == 0)
        return least(limit, DEL_LIMIT_MS);
    if (command != NULL && strcmp(command, "STATUS") == 0)
        return least(limit,
                     status_wait_ms() > STATUS_ANSWER_MS ? status_wait_ms() : STATUS_ANSWER_MS);
    return limit;
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

/* Whether that is what becomes of a request while KTSNd stops, is away, starts, or hangs. */
static bool is_away(int status) {
    switch (-status) {
    case ENOENT:
    case ECONNREFUSED:
    case EPROTO:
    case ECONNRESET:
    case EPIPE:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

/* A DEL that KTSNd can't be asked for now: it is done later, and the runtime need not ask again. */
static int put_off(const struct config *config, const char *path, const struct buffer *input) {
    char folder[PATH_MAX];

    int status =
        pending_folder(path, config->instance[0] != '\0' ? config->instance : "ktsn", folder);
    if (status == -ENOENT)
        return 0; /* no KTSNd attached anything here, or all of it was removed with KTSNd */
    if (status == 0)
        status = pending_write(folder, environ, input);
    if (status == 0)
        return 0;
    if (status == -EINVAL)
        return fail(config, CNI_BAD_ENVIRONMENT,
                    "DEL needs a container's ID in CNI_CONTAINERID and an interface's name in "
                    "CNI_IFNAME, of letters, digits, '_', '.' and '-'");
    return fail(config, CNI_TRY_AGAIN_LATER,
                "KTSNd is away, and what is to be removed can't be written down in %s (%s); make "
                "room there, or start KTSNd",
                folder, strerror(-status));
}

/* Whether a KTSNd was here since the machine started: its socket's folder does not outlive that. */
static bool was_here(const char *path) {
    char folder[PATH_MAX];
    const char *end = strrchr(path, '/');
    struct stat found;

    snprintf(folder, sizeof(folder), "%.*s", end == NULL ? 0 : (int)(end - path), path);
    return stat(folder, &found) == 0;
}

/* Whether KTSNd's answer is that it, or what it stands on, is not ready yet. */
static bool is_limited(const struct answer *answer) {
    static const char wanted[] = "\"code\":51,";

    return answer->exit_code != 0 &&
           memmem(answer->output.data, answer->output.length, wanted, sizeof(wanted) - 1) != NULL;
}

/* Asks for STATUS until the answer is one that lasts. */
static int await_status(const char *path, const struct buffer *input, int64_t deadline_ms,
                        struct answer *answer) {
    int64_t patience_ms = least(now_ms() + status_wait_ms(), deadline_ms);

    for (;;) {
        int status = relay(path, environ, input, deadline_ms, answer);
        bool lasts = status < 0 ? !is_away(status) || !was_here(path) : !is_limited(answer);
        if (lasts || now_ms() + STATUS_PERIOD_MS >= patience_ms)
            return status;
        free(answer->output.data);
        poll(NULL, 0, STATUS_PERIOD_MS);
    }
}

static int hand_over(const struct config *config, const char *command, const struct buffer *input,
                     int64_t deadline_ms, int64_t limit) {
    const char *path = getenv("KTSN_CNI_SOCKET");
    bool del = strcmp(command, "DEL") == 0;
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
    status = strcmp(command, "STATUS") == 0 ? await_status(path, input, deadline_ms, &answer)
                                            : relay(path, environ, input, deadline_ms, &answer);
    if (del && is_away(status)) {
        free(answer.output.data);
        return put_off(config, path, input);
    }
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
    int64_t limit = limit_ms(command);
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
