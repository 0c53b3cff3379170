# shellcheck shell=sh
# Pods by hand.

pod_command() {
    pc_what=${1-}
    [ $# -eq 0 ] || shift
    case $pc_what in
    add | del | list)
        find_jdk
        need_ktsnd
        cli pod "$pc_what" "$@"
        ;;
    exec) pod_exec "$@" ;;
    '') misused "pod needs to know what to do: ./ktsn pod add NAME, exec NAME -- COMMAND…, del NAME or list." ;;
    *) misused "'$pc_what' is nothing that can be done with pods; use add, exec, del or list." ;;
    esac
}

need_ktsnd() {
    is_ktsnd_running || die "KTSNd of instance $KTSN_INSTANCE does not run; start it with './ktsn up'."
}

# pod_exec NAME [--] COMMAND...: runs a command in a pod, with the caller's folder, environment and
# streams. It sees the pod's channel at /run/ktsn, as a container would, and has LibKTSN preloaded,
# behind what the caller preloads: the sanitizers' runtimes insist on being first.
# The command takes this process's place, so that signals and the exit code are its own.
pod_exec() {
    pe_name=${1-}
    [ -n "$pe_name" ] || misused "pod exec needs a pod and a command: ./ktsn pod exec NAME -- COMMAND…"
    shift
    [ "${1-}" != -- ] || shift
    [ $# -gt 0 ] || misused "pod exec needs a command: ./ktsn pod exec $pe_name -- COMMAND…"
    pe_channel=$KTSN_RUN/pods/$pe_name
    pe_state=$KTSN_RUN/state/pods/$pe_name.json
    case $pe_name in
    */* | .*) die "'$pe_name' is not the name of a pod." ;;
    esac
    if ! [ -d "$pe_channel" ] || ! [ -f "$pe_state" ]; then
        die "there is no pod '$pe_name' in instance $KTSN_INSTANCE; './ktsn pod list' shows the pods, './ktsn pod add $pe_name' makes it."
    fi
    pe_namespace=$(pod_namespace "$pe_state")
    [ -e "$pe_namespace" ] ||
        die "the network namespace $pe_namespace of pod '$pe_name' is gone; detach the pod with './ktsn pod del $pe_name'."
    pe_why=$(why_not_preloaded "$(preload_library)" "$1")
    [ -z "$pe_why" ] || note "$pe_why"
    mkdir -p /run/ktsn
    # shellcheck disable=SC2016 # expanded by the inner shell
    exec nsenter --net="$pe_namespace" unshare --mount --propagation private sh -c '
        mount --bind "$1" /run/ktsn && mount -o remount,bind,ro /run/ktsn || exit 1
        preload=$2
        shift 2
        exec env LD_PRELOAD="${LD_PRELOAD:+$LD_PRELOAD:}$preload" "$@"
    ' sh "$pe_channel" "$(preload_library)" "$@"
}

preload_library() {
    echo "$KTSN_HOME/shim/libktsn.so"
}

# pod_namespace STATE: the file of the pod's network namespace, from what KTSNd wrote down.
pod_namespace() {
    sed -n 's/.*"networkNamespace" *: *"\([^"]*\)".*/\1/p' "$1" | head -n 1
}

# remove_pods: all pods of a KTSNd that does not run any more.
remove_pods() {
    for rp_state in "$KTSN_RUN"/state/pods/*.json; do
        [ -f "$rp_state" ] || continue
        # A namespace that somebody else made, a container runtime for instance, stays.
        grep -q '"ownsNamespace" *: *true' "$rp_state" || continue
        rp_namespace=$(pod_namespace "$rp_state")
        rp_namespace=${rp_namespace##*/}
        if [ -n "$rp_namespace" ] && [ -e "/run/netns/$rp_namespace" ]; then
            note_processes "$rp_namespace"
            ip netns del "$rp_namespace" || :
        fi
    done
    # The pods' interfaces go with the switch's ends of them, wherever they are.
    for rp_end in /sys/class/net/v[0-9]*-"$KTSN_INSTANCE"; do
        [ -e "$rp_end" ] || continue
        ip link del "${rp_end##*/}" 2>/dev/null || :
    done
    # What container runtimes were told of the pods' channels.
    for rp_device in /var/run/cdi/ktsn.org-tsn_*.json; do
        ! grep -qF "\"hostPath\":\"$KTSN_RUN/" "$rp_device" 2>/dev/null || rm -f "$rp_device"
    done
}

# note_processes NAMESPACE: processes that still run in a pod lose their network; say so.
note_processes() {
    np_pids=$(ip netns pids "$1" 2>/dev/null | tr '\n' ' ')
    [ -z "$np_pids" ] || say "pod $1 is removed while processes run in it: ${np_pids% }"
}
