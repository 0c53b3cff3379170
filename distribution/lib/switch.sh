# shellcheck shell=sh
# The node's switch: a private Open vSwitch with DPDK, another instance's, or the user's.

# MiB of hugepages; can be set by whoever runs ./ktsn.
KTSN_OVS_MEMORY=${KTSN_OVS_MEMORY-128}

# How long an idle polling thread may sleep where it shares its processor with KTSNd.
SHARED_SLEEP_US=100

# do_without_switch: this node has none, nor what needs one: 'bench throughput --port null' measures KTSNd alone.
do_without_switch() {
    dws_features=
    for dws_file in "$KTSN_HOME"/features/*.json; do
        dws_name=$(basename "$dws_file" .json)
        case $dws_name in
        ktsn-binder-ovs | ktsn-port-dpdk) ;;
        *) dws_features=$dws_features,$dws_name ;;
        esac
    done
    KTSN_FEATURES=${dws_features#,}
    export KTSN_FEATURES
    WITHOUT_SWITCH=yes
}

is_without_switch() {
    [ -n "${WITHOUT_SWITCH-}" ]
}

# A host can have one Open vSwitch with a userspace datapath. KTSN_OVS names the run directory of one
# that runs already (with DPDK); otherwise another instance's is shared, and else there will be a private
# one. KTSNd finds it at $KTSN_RUN/ovs in any case: that is a link if the switch is not the instance's own.
start_switch() {
    ss_other=$(other_switch)
    if [ -n "$ss_other" ]; then
        [ -S "$ss_other/db.sock" ] ||
            die "there is no db.sock in '$ss_other' (KTSN_OVS); give the run directory of an Open vSwitch that runs, for instance /run/openvswitch."
        [ "$(readlink "$KTSN_RUN/ovs")" != "$ss_other" ] || return 0
        say "using the Open vSwitch of $ss_other"
        stop_switch
        ln -s "$ss_other" "$KTSN_RUN/ovs"
        return 0
    fi
    [ ! -L "$KTSN_RUN/ovs" ] || rm "$KTSN_RUN/ovs"
    is_own_switch_running || {
        reserve_hugepages "$KTSN_OVS_MEMORY" "Open vSwitch"
        say "starting Open vSwitch with DPDK"
        last_processor >"$KTSN_RUN/polling.processor"
    }
    # A polling thread that has no processor of its own must leave KTSNd some time on it.
    ss_sleep_us=0
    [ "$(ktsnd_processors)" != "$(polling_processor)" ] || ss_sleep_us=$SHARED_SLEEP_US
    KTSN_OVS_PMD_MAXSLEEP_US=${KTSN_OVS_PMD_MAXSLEEP_US:-$ss_sleep_us}
    in_node_network ovs_start "$KTSN_RUN/ovs" "$(processor_mask "$(polling_processor)")" "$KTSN_OVS_MEMORY" ||
        die "Open vSwitch did not start. './ktsn down' removes what is left of it; KTSN_OVS=DIRECTORY makes './ktsn up' use one that runs in DIRECTORY."
}

# node_network: the network namespace that the node is in, as KTSN_NETNS said when it came up; nothing if it is this one.
node_network() {
    cat "$KTSN_RUN/network" 2>/dev/null || :
}

# in_node_network FUNCTION ARGUMENT...: a function of ovs.sh, in the node's network.
in_node_network() {
    inn_namespace=$(node_network)
    if [ -z "$inn_namespace" ] || ! [ -e "/run/netns/$inn_namespace" ]; then
        "$@"
        return
    fi
    # shellcheck disable=SC2016 # expanded by the inner shell
    ip netns exec "$inn_namespace" env "KTSN_OVS_PMD_MAXSLEEP_US=${KTSN_OVS_PMD_MAXSLEEP_US-}" \
        sh -c 'set -eu; . "$1"; shift; "$@"' sh "$KTSN_ROOT/distribution/lib/ovs.sh" "$@"
}

# is_private_switch_running RUNDIR
is_private_switch_running() {
    [ ! -L "$1/ovs" ] && pid_runs "$(cat "$1/ovs/ovs-vswitchd.pid" 2>/dev/null)" "$1/ovs"
}

is_own_switch_running() {
    is_private_switch_running "$KTSN_RUN"
}

# is_switch_there: a switch that is not ours is its owner's to start again.
is_switch_there() {
    if [ -n "${KTSN_OVS-}" ]; then
        [ "$(readlink "$KTSN_RUN/ovs")" = "$KTSN_OVS" ] && [ -S "$KTSN_OVS/db.sock" ]
    elif [ -L "$KTSN_RUN/ovs" ]; then
        [ -S "$KTSN_RUN/ovs/db.sock" ]
    else
        is_own_switch_running && _ovs_pid "$KTSN_RUN/ovs" ovsdb-server >/dev/null
    fi
}

# other_switch: the run directory of the switch to use instead of a private one; nothing if there is none.
other_switch() {
    if [ -n "${KTSN_OVS-}" ]; then
        echo "$KTSN_OVS"
    elif ! is_own_switch_running; then
        for os_marker in /run/*/instance; do
            os_run=${os_marker%/instance}
            # Each network namespace has a userspace datapath of its own.
            if [ "$os_run" != "$KTSN_RUN" ] && [ "$(cat "$os_run/network" 2>/dev/null)" = "$(node_network)" ] &&
                is_private_switch_running "$os_run"; then
                echo "$os_run/ovs"
                return 0
            fi
        done
    fi
}

# stop_switch: a switch that is not the instance's own loses the instance's bridge only.
stop_switch() {
    if [ -L "$KTSN_RUN/ovs" ]; then
        if [ -S "$KTSN_RUN/ovs/db.sock" ]; then
            ovs-vsctl --timeout=10 --db="unix:$KTSN_RUN/ovs/db.sock" --if-exists del-br "br-$KTSN_INSTANCE" ||
                say "the bridge br-$KTSN_INSTANCE could not be removed from the Open vSwitch of $(readlink "$KTSN_RUN/ovs"); remove it with ovs-vsctl del-br"
        fi
        rm "$KTSN_RUN/ovs"
    elif [ -d "$KTSN_RUN/ovs" ]; then
        for sw_link in /run/*/ovs; do
            [ "$(readlink "$sw_link")" != "$KTSN_RUN/ovs" ] ||
                say "the instance of ${sw_link%/ovs} used this one's Open vSwitch and has none now"
        done
        in_node_network ovs_stop "$KTSN_RUN/ovs"
    fi
}
