# shellcheck shell=sh
# A node: hugepages, the private OVS-DPDK, KTSNd. What up made is written down in the run directory
# before it is made, so that down undoes it after a crash at any point.

node_up() {
    if is_ktsnd_ready && is_switch_there; then
        note_newer_build
        note "KTSNd of instance $KTSN_INSTANCE runs (process $(ktsnd_pid))"
        return 0
    fi
    lock_node
    take_run_directory
    bring_up
}

# Another KTSNd in the place of the running one; the switch runs on, and the pods stay. The other one
# gets ready beside it first. If it can't, the running one stays.
node_restart() {
    is_our_run_directory ||
        die "KTSNd of instance $KTSN_INSTANCE does not run; './ktsn up' starts it."
    lock_node
    if is_ktsnd_ready && is_switch_there; then
        prepare_relief
    fi
    stop_ktsnd
    bring_up
}

# Starts what does not run of switch and KTSNd. Under the lock, which it gives back.
bring_up() {
    is_without_switch || is_switch_there || start_switch
    is_ktsnd_running || reserve_hugepages "$KTSND_MEMORY" KTSNd
    start_ktsnd
    # Still under the lock: the pages are reserved, but KTSNd takes them only while it starts.
    wait_until_ready
    rm -f "$KTSN_RUN/relief.pid"
    unlock_node
    favour_the_data_path
    note "ready (process $(ktsnd_pid)); './ktsn status' shows it"
}

note_newer_build() {
    if [ -n "$(find "$KTSN_WORK/java.stamp" -newer "$KTSN_RUN/ready" 2>/dev/null)" ]; then
        say "KTSNd runs on with what it had when it started; './ktsn restart' takes up the new build, and the pods stay"
    fi
}

node_down() {
    if ! [ -d "$KTSN_RUN" ] || { ! is_our_run_directory && is_prepared_directory "$KTSN_RUN"; }; then
        return 0
    fi
    is_our_run_directory ||
        die "$KTSN_RUN is not a run directory of KTSN; set KTSN_INSTANCE to the instance that you mean."
    lock_node
    end_relief
    stop_ktsnd
    remove_pods
    stop_switch
    return_hugepages
    rm -rf "$KTSN_RUN"
    # Made by pod exec for instances of another name; an instance's own is never empty.
    rmdir /run/ktsn 2>/dev/null || :
    unlock_node
}

node_status() {
    if is_ktsnd_running; then
        cli status "$@"
        return
    fi
    if is_our_run_directory; then
        echo "KTSNd of instance $KTSN_INSTANCE does not run, but something of it is left in $KTSN_RUN: './ktsn up' starts it again, './ktsn down' removes it."
    else
        echo "KTSNd of instance $KTSN_INSTANCE does not run; './ktsn up' starts it."
    fi
    return 3
}

take_run_directory() {
    if [ -e "$KTSN_RUN" ] && ! is_our_run_directory && ! is_prepared_directory "$KTSN_RUN"; then
        die "$KTSN_RUN exists and belongs to some other program; choose another name with KTSN_INSTANCE."
    fi
    mkdir -p "$KTSN_RUN"
    if [ -n "${KTSN_NETNS-}" ]; then
        echo "$KTSN_NETNS" >"$KTSN_RUN/network"
    fi
    echo "$KTSN_INSTANCE" >"$KTSN_RUN/instance"
}
