# shellcheck shell=sh
# KTSNd as a process: starts it, waits until it is ready, has another one take over, ends it.

# MiB of hugepages; can be set by whoever runs ./ktsn.
KTSND_MEMORY=${KTSND_MEMORY-64}

KTSND_CHOSEN="# chosen by './ktsn up' each time that it starts KTSNd"
KTSND_READY_SECONDS=30
KTSND_STOP_SECONDS=10

ktsnd_pid() {
    cat "$KTSN_RUN/ktsnd.pid" 2>/dev/null || :
}

# A pid file that outlived its process may name a stranger's: the stranger does not name our run
# directory. While it starts, KTSNd is a script yet, and then it is the environment that does.
is_ktsnd() {
    pid_runs "$1" "ktsn.run=$KTSN_RUN " ||
        { pid_runs "$1" "$KTSN_HOME/bin/ktsnd" &&
            tr '\0' '\n' 2>/dev/null <"/proc/$1/environ" | grep -qxF "KTSN_RUN=$KTSN_RUN"; }
}

is_ktsnd_running() {
    is_ktsnd "$(ktsnd_pid)"
}

# has_ktsnd_ended: it does not run, nor does what this command has started. A machine that is busy may take its time until
# that is recognisable.
has_ktsnd_ended() {
    ! is_ktsnd_running && ! is_living "${KTSND_STARTED-}"
}

is_ktsnd_ready() {
    is_ktsnd_running && [ -e "$KTSN_RUN/ready" ]
}

start_ktsnd() {
    is_ktsnd_running && return 0
    if is_ktsnd "$(relief_pid)"; then
        KTSND_STARTED=$(relief_pid)
        return 0 # it takes over by itself
    fi
    say "starting KTSNd (instance $KTSN_INSTANCE)"
    rm -f "$KTSN_RUN/ready" "$KTSN_RUN/ktsnd.pid"
    run_ktsnd
    KTSND_STARTED=$!
    # KTSNd writes the same number once it is a JVM; until then this one lets 'down' find it.
    echo "$KTSND_STARTED" >"$KTSN_RUN/ktsnd.pid"
}

# What './ktsn up' chooses for this machine: the processors of the real-time threads, and the memory for which it has
# reserved hugepages.
configure_ktsnd() {
    if is_without_switch; then
        # The programs send from the launcher's processor, and what it spins there they would lack.
        choose_configuration org.ktsn.dataplane "launcher.cpu = $(last_processor)" "planner.cpu = $(first_processor)" \
            "launcher.spin.percent = 0"
    else
        choose_configuration org.ktsn.dataplane "launcher.cpu = $(first_processor)" "planner.cpu = $(planner_processor)"
    fi
    choose_configuration org.ktsn.dataplane.memory "memory.mib = $KTSND_MEMORY"
}

# choose_configuration PID LINE...: unless a file of the user's, in the distribution's etc/ or in the instance's, says
# something of its own. The first line tells ours from it.
choose_configuration() {
    cc_pid=$1
    shift
    for cc_file in "$KTSN_HOME/etc/$cc_pid".cfg "$KTSN_HOME/etc/$cc_pid".json "$KTSN_RUN/etc/$cc_pid".cfg "$KTSN_RUN/etc/$cc_pid".json; do
        [ ! -e "$cc_file" ] || grep -qxF "$KTSND_CHOSEN" "$cc_file" || return 0
    done
    mkdir -p "$KTSN_RUN/etc"
    printf '%s\n' "$KTSND_CHOSEN" "$@" >"$KTSN_RUN/etc/$cc_pid.cfg"
}

# run_ktsnd ARGUMENT...: in the background.
run_ktsnd() {
    KTSND_LOG_BEGIN=$(stat -c %s "$KTSN_RUN/ktsnd.log" 2>/dev/null || echo 0)
    configure_ktsnd
    rm -f "$KTSN_RUN/ktsnd.out"
    # The planner waits now and then for the JVM's ordinary threads. So they must not stand behind the
    # switch's polling thread, which never lets go of its processor, nor behind everybody else's work.
    # It gets its group's priority only once it is ready: a start must not keep programs from sending.
    rk_namespace=$(node_network)
    # Its network only: what it mounts, the namespaces of pods for instance, is to be seen by all.
    as_daemon ${rk_namespace:+nsenter --net="/run/netns/$rk_namespace"} setsid taskset -c "$(ktsnd_processors)" "$KTSN_HOME/bin/ktsnd" "$@" \
        </dev/null >"$KTSN_RUN/ktsnd.out" 2>&1 &
}

# The process that is to take over, while it waits or gets ready.
relief_pid() {
    cat "$KTSN_RUN/relief.pid" 2>/dev/null || :
}

# A second KTSNd that has done all that needs nothing of the first one, and waits for its end.
prepare_relief() {
    say "preparing another KTSNd (instance $KTSN_INSTANCE)"
    rm -f "$KTSN_RUN/relief"
    trap end_relief EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    run_ktsnd --relieve
    pr_pid=$!
    echo "$pr_pid" >"$KTSN_RUN/relief.pid"
    pr_turns=$((KTSND_READY_SECONDS * 20))
    while ! [ -e "$KTSN_RUN/relief" ]; do
        if [ "$pr_turns" -eq 0 ] || ! is_living "$pr_pid"; then
            show_tail "$KTSN_RUN/ktsnd.out" 15
            die "the other KTSNd did not get ready; the reason is above. The running one (process $(ktsnd_pid)) goes on."
        fi
        pr_turns=$((pr_turns - 1))
        sleep 0.05
    done
    trap - EXIT INT TERM
}

# end_relief: one that waits must not take over when KTSNd is stopped for good.
end_relief() {
    er_pid=$(relief_pid)
    if [ "$er_pid" != "$(ktsnd_pid)" ] && is_ktsnd "$er_pid"; then
        kill -9 "$er_pid" 2>/dev/null || :
    fi
    rm -f "$KTSN_RUN/relief" "$KTSN_RUN/relief.pid"
}

wait_until_ready() {
    wur_turns=$((KTSND_READY_SECONDS * 20))
    while ! is_ktsnd_ready; do
        if has_ktsnd_ended; then
            why_not_ready
            wur_code=0
            wait "${KTSND_STARTED:-0}" 2>/dev/null || wur_code=$?
            [ "$wur_code" -eq 127 ] || note "its exit code is $wur_code" # else it is no child of this shell
            die "KTSNd ended while it started; the reason is above. './ktsn down' removes the rest."
        fi
        wur_reason=$(start_failure)
        if [ -n "$wur_reason" ]; then
            KTSND_LOG_SHOWN=yes
            keep_log
            die "KTSNd can't start: $wur_reason ('./ktsn down' removes what is left of it)"
        fi
        if [ "$wur_turns" -eq 0 ]; then
            why_not_ready
            die "KTSNd is not ready after $KTSND_READY_SECONDS s. It goes on running: './ktsn shell ktsn:health' says what it waits for, './ktsn down' ends it."
        fi
        wur_turns=$((wur_turns - 1))
        sleep 0.05
    done
}

# The sentence of the first error that a component of ours has logged since the start.
start_failure() {
    sf_begin=${KTSND_LOG_BEGIN:-0}
    [ "$(stat -c %s "$KTSN_RUN/ktsnd.log" 2>/dev/null || echo 0)" -ge "$sf_begin" ] || sf_begin=0 # another file
    tail -c +$((sf_begin + 1)) "$KTSN_RUN/ktsnd.log" 2>/dev/null |
        sed -n 's/.* ERROR .* event=.* reason="\(.*\)"$/\1/p' | head -n 1
}

why_not_ready() {
    # shellcheck disable=SC2034 # demo.sh reads it
    KTSND_LOG_SHOWN=yes
    show_tail "$KTSN_RUN/ktsnd.out" 15
    show_tail "$KTSN_RUN/ktsnd.log" 15
    if [ -S "$KTSN_RUN/control.sock" ]; then
        timeout 10 "$KTSN_SCRIPT" shell ktsn:health 2>&1 | sed 's/^/    | /' >&2 || :
    fi
    keep_log
}

# The log outlives the run directory when something went wrong.
keep_log() {
    if [ -s "$KTSN_RUN/ktsnd.log" ]; then
        cp "$KTSN_RUN/ktsnd.log" "$(work_file "log/ktsnd-$KTSN_INSTANCE.log")"
        note "the whole log is kept in $KTSN_WORK/log/ktsnd-$KTSN_INSTANCE.log"
    fi
}

stop_ktsnd() {
    is_ktsnd_running || return 0
    say "stopping KTSNd (instance $KTSN_INSTANCE)"
    sk_pid=$(ktsnd_pid)
    kill "$sk_pid" 2>/dev/null || :
    sk_turns=$((KTSND_STOP_SECONDS * 50))
    while is_ktsnd "$sk_pid"; do
        if [ "$sk_turns" -eq 0 ]; then
            say "KTSNd (process $sk_pid) did not stop within $KTSND_STOP_SECONDS s; killing it"
            kill -9 "$sk_pid" 2>/dev/null || :
        elif [ "$sk_turns" -lt -250 ]; then
            die "KTSNd (process $sk_pid) can't be killed; it hangs in the kernel, see /proc/$sk_pid/stack."
        fi
        sk_turns=$((sk_turns - 1))
        sleep 0.02
    done
    ovs_await_memory "$sk_pid"
}
