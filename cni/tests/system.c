/* tsn-cni as a whole, against a daemon that this program plays. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay.h"

static int failed;
static const char *program;
static char directory[64];
static char socket_path[96];

static void check(const char *name, bool holds) {
    printf("%s %s\n", holds ? "ok" : "not ok", name);
    fflush(stdout);
    failed |= !holds;
}

/* ---- the plugin ---- */

struct outcome {
    int exit_code;
    char output[65536];
    char errors[4096];
};

static size_t drain(int fd, char *to, size_t size) {
    size_t length = 0;
    ssize_t got;

    while (length < size - 1 && (got = read(fd, to + length, size - 1 - length)) > 0)
        length += (size_t)got;
    to[length] = '\0';
    close(fd);
    return length;
}

/* Runs the plugin; input NULL: standard input stays open and silent. */
static void plugin(char *const environment[], const char *input, struct outcome *outcome) {
    int in[2], out[2], err[2];
    int status;

    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
        exit(99);
    pid_t child = fork();
    if (child == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        dup2(err[1], 2);
        char *const arguments[] = {(char *)program, NULL};
        execve(program, arguments, environment);
        _exit(98);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    size_t length = input == NULL ? 0 : strlen(input);
    for (size_t done = 0; done < length;) {
        ssize_t sent = write(in[1], input + done, length - done);
        if (sent < 0)
            break;
        done += (size_t)sent;
    }
    if (input != NULL)
        close(in[1]);
    drain(out[0], outcome->output, sizeof(outcome->output));
    drain(err[0], outcome->errors, sizeof(outcome->errors));
    if (input == NULL)
        close(in[1]);
    waitpid(child, &status, 0);
    outcome->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool says(const struct outcome *outcome, const char *what) {
    return strstr(outcome->output, what) != NULL;
}

static bool fails(const struct outcome *outcome, int code) {
    char wanted[32];

    snprintf(wanted, sizeof(wanted), "\"code\":%d,", code);
    return outcome->exit_code == 1 && says(outcome, wanted) && outcome->output[0] == '{' &&
           strcmp(strrchr(outcome->output, '}'), "}\n") == 0 && outcome->errors[0] == '\0';
}

/* ---- the daemon ---- */

struct daemon {
    int listener;
    const void *answer; /* what it sends, as it is */
    size_t answer_length;
    bool silent; /* keeps the connection and says nothing */
    char request[4 << 20];
    size_t request_length;
};

static bool receive(int fd, struct daemon *d, size_t length) {
    if (d->request_length + length > sizeof(d->request))
        return false;
    for (size_t done = 0; done < length;) {
        ssize_t got = read(fd, d->request + d->request_length, length - done);
        if (got <= 0)
            return false;
        done += (size_t)got;
        d->request_length += (size_t)got;
    }
    return true;
}

static size_t number(const char *at) {
    const unsigned char *u = (const unsigned char *)at;

    return (size_t)u[0] << 24 | (size_t)u[1] << 16 | (size_t)u[2] << 8 | u[3];
}

static void *serve(void *argument) {
    struct daemon *d = argument;
    int fd = accept(d->listener, NULL, NULL);

    if (fd < 0)
        return NULL;
    d->request_length = 0;
    if (receive(fd, d, 12) && receive(fd, d, number(d->request + 8)) && receive(fd, d, 4) &&
        receive(fd, d, number(d->request + d->request_length - 4)) && !d->silent)
        if (write(fd, d->answer, d->answer_length) < 0)
            perror("write");
    if (d->silent) {
        char end;
        while (read(fd, &end, 1) > 0)
            continue;
    }
    close(fd);
    return NULL;
}

static void *(*serving)(void *) = serve;

static struct daemon *begin(pthread_t *thread, const void *answer, size_t length, bool silent) {
    static struct daemon d;
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strcpy(address.sun_path, socket_path);
    unlink(socket_path);
    d.answer = answer;
    d.answer_length = length;
    d.silent = silent;
    d.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(d.listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(d.listener, 4) < 0 || pthread_create(thread, NULL, serving, &d) != 0)
        exit(97);
    return &d;
}

static void end(struct daemon *d, pthread_t thread) {
    pthread_join(thread, NULL);
    close(d->listener);
    unlink(socket_path);
}

/* ---- tests ---- */

static char socket_variable[128];
static char *const ADD[] = {"CNI_COMMAND=ADD", socket_variable, "KTSN_CNI_TIMEOUT_MS=5000",
                            "CNI_ARGS=a=b;c=\xff", NULL};
static char *const ADD_SHORT[] = {"CNI_COMMAND=ADD", socket_variable, "KTSN_CNI_TIMEOUT_MS=200",
                                  NULL};

static void versions(void) {
    struct outcome o;
    char *const version[] = {"CNI_COMMAND=VERSION", NULL};

    plugin(version, "{\"cniVersion\":\"0.4.0\"}", &o);
    check("VERSION is answered without KTSNd",
          o.exit_code == 0 &&
              strcmp(o.output, "{\"cniVersion\":\"0.4.0\",\"supportedVersions\":[\"0.3.1\","
                               "\"0.4.0\",\"1.0.0\",\"1.1.0\"]}\n") == 0 &&
              o.errors[0] == '\0');
    plugin(version, "", &o);
    check("VERSION needs no input",
          o.exit_code == 0 && says(&o, "{\"cniVersion\":\"1.1.0\",\"supportedVersions\""));
    plugin(version, "{", &o);
    check("VERSION refuses what is not JSON", fails(&o, 6));
}

static void refusals(void) {
    struct outcome o;
    char *const nothing[] = {NULL};
    char *const status[] = {"CNI_COMMAND=STATUS", socket_variable, "KTSN_CNI_STATUS_WAIT_MS=0",
                            NULL};
    char *const derived[] = {"CNI_COMMAND=ADD", NULL};
    char *const never[] = {"CNI_COMMAND=STATUS", NULL};
    char long_path[256];
    char *const too_long[] = {"CNI_COMMAND=ADD", long_path, NULL};

    plugin(nothing, "{}", &o);
    check("a missing CNI_COMMAND is named", fails(&o, 4) && says(&o, "CNI_COMMAND is not set"));
    plugin(ADD, "nonsense", &o);
    check("input that is not JSON is refused", fails(&o, 6));
    plugin(ADD, "{\"cniVersion\":\"1.0.0\",\"instance\":\"a/b\"}", &o);
    check("a bad instance is refused in the input's version",
          fails(&o, 7) && says(&o, "{\"cniVersion\":\"1.0.0\","));
    plugin(ADD, "{\"cniVersion\":\"0.3.1\"}", &o);
    check("a KTSNd that is away means try again later",
          fails(&o, 11) && says(&o, "KTSNd is away") && says(&o, socket_path) &&
              says(&o, "\"0.3.1\""));
    plugin(status, "{\"cniVersion\":\"1.1.0\"}", &o);
    check("STATUS says that the plugin is not available", fails(&o, 50));
    plugin(never, "{\"cniVersion\":\"1.1.0\",\"instance\":\"nobody1\"}", &o);
    check("STATUS does not wait where no KTSNd was since the machine started", fails(&o, 50));
    plugin(derived, "{\"cniVersion\":\"1.1.0\",\"instance\":\"nobody1\"}", &o);
    check("the socket's path follows from the instance",
          fails(&o, 11) && says(&o, "/run/nobody1/cni.sock"));
    memset(long_path, 'x', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    memcpy(long_path, "KTSN_CNI_SOCKET=/", 17);
    plugin(too_long, "{}", &o);
    check("a path that is too long is refused", fails(&o, 4));
    plugin(ADD_SHORT, NULL, &o);
    check("input that does not end is not waited for", fails(&o, 5));
}

static void exchange(void) {
    static const char answer[] = "\0\0\0\0\0\0\0\x10{\"answer\":\"\xc3\xa4\"}\n";
    static const char refusal[] = "\0\0\0\1\0\0\0\x0e{\"code\":7,\"x\"}";
    static const char input[] = "{\"cniVersion\":\"1.1.0\",\"name\":\"\xc3\xa4\"}";
    struct outcome o;
    pthread_t thread;

    struct daemon *d = begin(&thread, answer, 24, false);
    plugin(ADD, input, &o);
    end(d, thread);
    check("KTSNd's answer is handed back as it is",
          o.exit_code == 0 && strcmp(o.output, "{\"answer\":\"\xc3\xa4\"}\n") == 0);
    size_t environment = number(d->request + 8);
    check("the request begins with what it is", memcmp(d->request, RELAY_MAGIC, 8) == 0);
    check("the environment arrives octet by octet",
          memmem(d->request + 12, environment, "CNI_COMMAND=ADD", 16) != NULL &&
              memmem(d->request + 12, environment, "CNI_ARGS=a=b;c=\xff", 17) != NULL);
    check("the input arrives octet by octet",
          number(d->request + 12 + environment) == sizeof(input) - 1 &&
              memcmp(d->request + 16 + environment, input, sizeof(input) - 1) == 0);

    d = begin(&thread, refusal, 22, false);
    plugin(ADD, "{}", &o);
    end(d, thread);
    check("KTSNd's exit code is handed back",
          o.exit_code == 1 && strcmp(o.output, "{\"code\":7,\"x\"}") == 0);
}

static void search_path(void) {
    static const char answer[] = "\0\0\0\0\0\0\0\2{}";
    char wanted[128];
    char *const environment[] = {"CNI_COMMAND=ADD", "CNI_PATH=plugins:/opt/cni/bin",
                                 socket_variable, "KTSN_CNI_TIMEOUT_MS=5000", NULL};
    struct outcome o;
    pthread_t thread;

    if (chdir(directory) < 0)
        exit(99);
    struct daemon *d = begin(&thread, answer, 10, false);
    plugin(environment, "{}", &o);
    end(d, thread);
    int length = snprintf(wanted, sizeof(wanted), "CNI_PATH=%s/plugins:/opt/cni/bin", directory);
    check("a relative CNI_PATH is the caller's",
          memmem(d->request + 12, number(d->request + 8), wanted, (size_t)length + 1) != NULL);

    char gone[80];
    snprintf(gone, sizeof(gone), "%s/gone", directory);
    if (mkdir(gone, 0700) < 0 || chdir(gone) < 0 || rmdir(gone) < 0)
        exit(99);
    plugin(environment, "{}", &o);
    check("a relative CNI_PATH in a folder that is gone is refused", fails(&o, 4));
    if (chdir("/") < 0)
        exit(99);
}

static void large(void) {
    struct outcome o;
    pthread_t thread;
    static const char answer[8];
    char *input = malloc(RELAY_INPUT_MAX + 2);

    memset(input, ' ', RELAY_INPUT_MAX + 1);
    input[RELAY_INPUT_MAX + 1] = '\0';
    plugin(ADD, input, &o);
    check("input that is too large is refused", fails(&o, 7));
    input[0] = '{';
    input[RELAY_INPUT_MAX - 1] = '}';
    input[RELAY_INPUT_MAX] = '\0';
    struct daemon *d = begin(&thread, answer, sizeof(answer), false);
    plugin(ADD, input, &o);
    end(d, thread);
    check("the largest input arrives, and no answer at all is one",
          o.exit_code == 0 && o.output[0] == '\0' && d->request_length > RELAY_INPUT_MAX);
    free(input);
}

static void broken(void) {
    static const char half[] = "\0\0\0\0\0\0\0\x10{\"answer\"";
    static const char huge[] = "\0\0\0\0\xff\xff\xff\xff";
    struct outcome o;
    pthread_t thread;

    struct daemon *d = begin(&thread, "", 0, false);
    plugin(ADD, "{}", &o);
    end(d, thread);
    check("a KTSNd that ends before it answers means try again later", fails(&o, 11));
    d = begin(&thread, half, 17, false);
    plugin(ADD, "{}", &o);
    end(d, thread);
    check("half an answer is not printed", fails(&o, 11) && !says(&o, "answer\":"));
    d = begin(&thread, huge, 8, false);
    plugin(ADD, "{}", &o);
    end(d, thread);
    check("an answer beyond measure is refused", fails(&o, 11));
    d = begin(&thread, "", 0, true);
    plugin(ADD_SHORT, "{}", &o);
    end(d, thread);
    check("a silent KTSNd is waited for only so long", fails(&o, 11) && says(&o, "within 200 ms"));
}

/* ---- KTSNd is away, or on its way ---- */

static char pending[96];
static char *const DEL[] = {
    "CNI_COMMAND=DEL", "CNI_CONTAINERID=c1", "CNI_IFNAME=tsn0", "CNI_NETNS=/n",
    "HOME=/root",      "PATH=/bin",          socket_variable,   NULL};

static size_t read_pending(const char *name, char *to, size_t size) {
    char path[160];

    snprintf(path, sizeof(path), "%s/%s", pending, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    to[0] = '\0';
    return fd < 0 ? 0 : drain(fd, to, size);
}

/* How many files there are, those that were begun only among them. */
static int count_pending(void) {
    DIR *folder = opendir(pending);
    int count = 0;

    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (folder != NULL)
        closedir(folder);
    return count;
}

static void remove_pending(const char *name) {
    char path[160];

    snprintf(path, sizeof(path), "%s/%s", pending, name);
    remove(path);
}

static void put_off(void) {
    static const char answer[] = "\0\0\0\1\0\0\0\x0e{\"code\":7,\"x\"}";
    static const char input[] = "{\"cniVersion\":\"1.0.0\",\"name\":\"second\"}";
    static const char environment[] = "CNI_COMMAND=DEL\0CNI_CONTAINERID=c1\0CNI_IFNAME=tsn0\0"
                                      "CNI_NETNS=/n\0PATH=/bin";
    char *const no_container[] = {"CNI_COMMAND=DEL", "CNI_IFNAME=tsn0", socket_variable, NULL};
    char *const traversal[] = {"CNI_COMMAND=DEL", "CNI_CONTAINERID=../../c1", "CNI_IFNAME=tsn0",
                               socket_variable, NULL};
    char found[4096];
    char path[160];
    struct outcome o;
    pthread_t thread;

    plugin(DEL, "{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"instance\":\"nobody1\"}", &o);
    check("DEL succeeds where no KTSNd is, nor what one has left",
          o.exit_code == 0 && o.output[0] == '\0' && access("/var/lib/nobody1", F_OK) < 0);
    if (mkdir(pending, 0700) < 0)
        exit(99);
    plugin(DEL, "{\"cniVersion\":\"1.0.0\",\"name\":\"first\"}", &o);
    check("DEL succeeds while KTSNd is away, and says nothing",
          o.exit_code == 0 && o.output[0] == '\0' && o.errors[0] == '\0');
    plugin(DEL, input, &o);
    size_t length = read_pending("c1@tsn0", found, sizeof(found));
    size_t written = sizeof(environment);
    check("what it leaves to be done is written down once, as KTSNd is asked for it",
          o.exit_code == 0 && count_pending() == 1 && memcmp(found, RELAY_MAGIC, 8) == 0 &&
              number(found + 8) == written && memcmp(found + 12, environment, written) == 0 &&
              number(found + 12 + written) == sizeof(input) - 1 &&
              length == 16 + written + sizeof(input) - 1 &&
              memcmp(found + 16 + written, input, sizeof(input) - 1) == 0);
    remove_pending("c1@tsn0");

    struct daemon *d = begin(&thread, "", 0, true);
    plugin(DEL, input, &o);
    end(d, thread);
    check("DEL succeeds though KTSNd does not answer", o.exit_code == 0 && count_pending() == 1);
    remove_pending("c1@tsn0");
    d = begin(&thread, "", 0, false);
    plugin(DEL, input, &o);
    end(d, thread);
    check("DEL succeeds though KTSNd ends before it answers",
          o.exit_code == 0 && count_pending() == 1);
    remove_pending("c1@tsn0");
    d = begin(&thread, answer, 22, false);
    plugin(DEL, input, &o);
    end(d, thread);
    check("a DEL that KTSNd answers is not written down",
          o.exit_code == 1 && says(&o, "\"code\":7") && count_pending() == 0);

    plugin(no_container, input, &o);
    check("DEL needs CNI_CONTAINERID while KTSNd is away, too",
          fails(&o, 4) && says(&o, "CNI_CONTAINERID"));
    plugin(traversal, input, &o);
    check("a container's ID leads nowhere else", fails(&o, 4) && count_pending() == 0);
    snprintf(path, sizeof(path), "%s/c1@tsn0", pending);
    if (mkdir(path, 0700) < 0)
        exit(99);
    plugin(DEL, input, &o);
    check("DEL that can't be written down is to be tried again, and leaves no draft",
          fails(&o, 11) && says(&o, pending) && count_pending() == 1);
    rmdir(path);
    rmdir(pending);
}

/* What a KTSNd answers that is on its way; then comes what was asked for. */
static const char *before;
static size_t before_length;

static void *serve_twice(void *argument) {
    struct daemon *d = argument;
    const void *last = d->answer;
    size_t last_length = d->answer_length;

    d->answer = before;
    d->answer_length = before_length;
    serve(d);
    d->answer = last;
    d->answer_length = last_length;
    return serve(d);
}

static void await_status(void) {
    static const char answer[8];
    static const char starting[] = "\0\0\0\1\0\0\0\x0b{\"code\":51,";
    static const char full[] = "\0\0\0\1\0\0\0\x0b{\"code\":50,";
    char *const status[] = {"CNI_COMMAND=STATUS", socket_variable, NULL};
    struct outcome o;
    pthread_t thread;

    serving = serve_twice;
    before = starting;
    before_length = 19;
    struct daemon *d = begin(&thread, answer, sizeof(answer), false);
    plugin(status, "{}", &o);
    end(d, thread);
    check("STATUS waits for a KTSNd that is not ready yet", o.exit_code == 0);
    before_length = 0;
    d = begin(&thread, answer, sizeof(answer), false);
    plugin(status, "{}", &o);
    end(d, thread);
    check("STATUS waits for a KTSNd that is being replaced", o.exit_code == 0);
    serving = serve;
    d = begin(&thread, full, 19, false);
    plugin(status, "{}", &o);
    end(d, thread);
    check("STATUS hands on at once what does not pass by itself",
          o.exit_code == 1 && says(&o, "\"code\":50"));
}

int main(int count, char **arguments) {
    if (count != 2)
        return 2;
    program = realpath(arguments[1], NULL); /* it is run in other folders, too */
    signal(SIGPIPE, SIG_IGN);
    strcpy(directory, "/tmp/tsn-cni-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return 3;
    snprintf(socket_path, sizeof(socket_path), "%s/cni.sock", directory);
    snprintf(pending, sizeof(pending), "%s/cni.pending", directory);
    snprintf(socket_variable, sizeof(socket_variable), "KTSN_CNI_SOCKET=%s", socket_path);
    versions();
    refusals();
    exchange();
    search_path();
    large();
    broken();
    put_off();
    await_status();
    rmdir(directory);
    return failed;
}
