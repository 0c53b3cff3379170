# shellcheck shell=sh
# The demo and the benchmarks: a node of their own, from nothing, that leaves nothing behind.

# on_own_node WHAT ARGUMENT...: brings the node up, runs the command line application's WHAT, takes
# the node down, whatever happened in between.
on_own_node() {
    one_at_a_time "$1"
    build_all
    ensure_packages run
    ONN_CLI=
    trap 'end_own_node $?' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    node_down # what an earlier run that was killed has left
    node_up
    # In the background, because a shell hears signals while it waits for such a process only.
    exec_cli "$@" 7<&- &
    ONN_CLI=$!
    onn_status=0
    wait "$ONN_CLI" || onn_status=$?
    ONN_CLI=
    exit "$onn_status"
}

# Holds a lock on this very file until the process ends.
one_at_a_time() {
    exec 7<"$KTSN_ROOT/distribution/lib/demo.sh"
    flock -n 7 || die "another './ktsn demo' or './ktsn bench' runs; wait for its end."
}

# end_own_node STATUS
end_own_node() {
    trap '' INT TERM HUP
    trap - EXIT
    set +e
    unlock_node # it may have ended in the middle of node_up
    if [ -n "$ONN_CLI" ]; then
        kill "$ONN_CLI" 2>/dev/null
        wait "$ONN_CLI"
    fi
    case $1 in
    0 | 129 | 130 | 143) ;;
    *)
        if [ -z "${KTSND_LOG_SHOWN-}" ]; then
            show_tail "$KTSN_RUN/ktsnd.log" 15
            keep_log
        fi
        ;;
    esac
    # In a subshell: what fails there must not change the exit code.
    (node_down)
    exit "$1"
}
