# shellcheck shell=sh
# The demo and the benchmarks: a node of their own, from nothing, that leaves nothing behind.

# on_own_node WHAT ARGUMENT...: brings the node up, runs the command line application's WHAT, takes
# the node down, whatever happened in between.
on_own_node() {
    for onn_word; do
        case $onn_word in
        -h | --help)
            build_all
            exec_cli "$@"
            ;;
        esac
    done
    ONN_FAR=
    case " $* " in
    *" --receiver ktsn "* | *" --receiver=ktsn "* | *" --kills"[=\ ]*) ONN_FAR=${KTSN_INSTANCE}2 ;;
    esac
    one_at_a_time
    # A node of an earlier run is marked as passing; any other one that is up is somebody's.
    if is_our_run_directory && ! [ -e "$KTSN_RUN/passing" ]; then
        die "instance $KTSN_INSTANCE is in use, and './ktsn $1' takes its node down at the end:" \
            "end it first with './ktsn down', or leave KTSN_INSTANCE unset."
    fi
    build_all
    ensure_packages run
    for onn_word; do
        case $onn_word in
        --mqtt | mqtt | outages | --announced*) ensure_packages mqtt ;;
        --ptp) ensure_packages ptp ;;
        --hosts* | overlay) ensure_packages overlay ;;
        containerd | --runtime=containerd) ensure_packages containerd ;;
        podman | --runtime=podman) ensure_packages podman ;;
        cni) ensure_packages cni ;;
        esac
    done
    case " $* " in
    *" --port null "* | *" --port=null "*) do_without_switch ;;
    esac
    use_containers
    ONN_CLI=
    trap 'end_own_node $?' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    trap 'exit 141' PIPE
    end_left_containers
    end_left_programs
    (far_node_down)
    node_down # what an earlier run that was killed has left
    take_run_directory
    : >"$KTSN_RUN/passing"
    KTSN_STATE=$KTSN_RUN/kept # goes with the node
    export KTSN_STATE
    node_up
    [ -z "$ONN_FAR" ] || far_node_up
    # Programs that nobody places; those of the others are real-time.
    [ "${2-}" != throughput ] || is_without_switch || leave_polling_processor
    # In the background, because a shell hears signals while it waits for such a process only.
    exec_cli "$@" 7<&- &
    ONN_CLI=$!
    onn_status=0
    wait "$ONN_CLI" || onn_status=$?
    ONN_CLI=
    exit "$onn_status"
}

# far_node_up: another node of KTSN, in a network namespace: the second host of --hosts 2 --receiver ktsn.
far_node_up() {
    ip netns add "$KTSN_INSTANCE-far"
    ip -n "$KTSN_INSTANCE-far" link set lo up
    (
        KTSN_NETNS=$KTSN_INSTANCE-far
        # Its polling thread has nothing to do, and shares its processor with the first node's.
        KTSN_OVS_PMD_MAXSLEEP_US=$SHARED_SLEEP_US
        export KTSN_NETNS KTSN_OVS_PMD_MAXSLEEP_US
        instance_use "$ONN_FAR"
        take_run_directory
        KTSN_STATE=$KTSN_RUN/kept
        export KTSN_STATE
        node_up
    ) || exit
    KTSN_FAR_INSTANCE=$ONN_FAR
    export KTSN_FAR_INSTANCE
}

# far_node_down: the second host of this run, or of one that was killed. In a subshell of the caller's.
far_node_down() {
    fnd_namespace=$KTSN_INSTANCE-far
    if [ ${#KTSN_INSTANCE} -lt 8 ]; then
        instance_use "${KTSN_INSTANCE}2"
        [ "$(node_network)" != "$fnd_namespace" ] || node_down
    fi
    ! [ -e "/run/netns/$fnd_namespace" ] || ip netns del "$fnd_namespace"
}

# Holds a lock on this very file until the process ends.
one_at_a_time() {
    exec 7<"$KTSN_ROOT/distribution/lib/demo.sh"
    flock -n 7 || die "another './ktsn demo' or './ktsn bench' runs; wait for its end."
}

# Ends the programs of a run that was killed before it could: whatever runs in the pods of this node
# and in the namespaces of --ptp, --hosts and 'bench overlay', which go as well, and what names its folder of measurements.
end_left_programs() {
    elp_pids=
    for elp_namespace in /run/netns/"$KTSN_INSTANCE"-*; do
        [ -e "$elp_namespace" ] || continue
        [ "$elp_namespace" != "/run/netns/$KTSN_INSTANCE-far" ] || continue # a node's: see far_node_down
        elp_pids="$elp_pids $(ip netns pids "${elp_namespace##*/}" 2>/dev/null | tr '\n' ' ')"
    done
    for elp_process in /proc/[0-9]*; do
        ! pid_runs "${elp_process#/proc/}" "$KTSN_RUN/measure-" || elp_pids="$elp_pids ${elp_process#/proc/}"
    done
    for elp_pid in $elp_pids; do
        kill -9 "$elp_pid" 2>/dev/null || :
    done
    for elp_namespace in /run/netns/"$KTSN_INSTANCE"-ptp-gm /run/netns/"$KTSN_INSTANCE"-ptp-sl \
        /run/netns/"$KTSN_INSTANCE"-farpod /run/netns/"$KTSN_INSTANCE"-flannel; do
        [ ! -e "$elp_namespace" ] || ip netns del "${elp_namespace##*/}" 2>/dev/null || :
    done
}

# end_own_node STATUS
end_own_node() {
    trap '' INT TERM HUP PIPE
    trap - EXIT
    set +e
    unlock_node # it may have ended in the middle of node_up
    if [ -n "$ONN_CLI" ]; then
        kill "$ONN_CLI" 2>/dev/null
        wait "$ONN_CLI"
    fi
    case $1 in
    0 | 129 | 130 | 141 | 143) ;;
    *)
        if [ -z "${KTSND_LOG_SHOWN-}" ]; then
            show_tail "$KTSN_RUN/ktsnd.log" 15
            keep_log
        fi
        ;;
    esac
    (end_left_containers)
    end_left_programs
    # In subshells: what fails there must not change the exit code.
    (far_node_down)
    (node_down)
    exit "$1"
}
