# A private Open vSwitch with DPDK: its own directory, database, logs and sockets, apart from any other on the host.
# To be sourced by a POSIX shell; safe under `set -eu`. Needs root.
#
#   ovs_start RUNDIR PMD_MASK SOCKET_MEM   starts it, or what of it does not run; does nothing if all runs
#   ovs_stop RUNDIR                        stops it and removes its files; does nothing if there is none
#
# RUNDIR      its directory, for instance /run/ktsn/ovs
# PMD_MASK    the cores of its polling threads, for instance 0x2
# SOCKET_MEM  MiB of huge pages that it takes; 0: 256 MiB of ordinary memory instead
#
# KTSN_OVS_PMD_MAXSLEEP_US  how long an idle polling thread may sleep, in microseconds (0: it spins; lowest latency)
# KTSN_OVS_VSWITCHD         the ovs-vswitchd to run, if not the distribution's

# as_daemon COMMAND...: in this process's place, with no descriptor of the caller's but the first three: what a
# daemon keeps open, a lock or the end of a pipe for instance, stays so for as long as it lives. Not every sh knows
# descriptors above 9; bash does.
as_daemon() {
    # shellcheck disable=SC2016 # expanded by bash
    exec bash -c '
        for descriptor in /proc/self/fd/*; do
            descriptor=${descriptor##*/}
            [ "$descriptor" -le 2 ] || eval "exec $descriptor>&-"
        done
        exec "$@"
    ' bash "$@"
}

_ovs_say() {
    printf '%s\n' "ovs: $*" >&2
}

# Fails with a sentence and the end of a log.
_ovs_fail_log() {
    _ovs_say "$1"
    if [ -s "$2" ]; then
        _ovs_say "the end of $2:"
        tail -n 12 "$2" | sed 's/^/  /' >&2
    fi
    return 1
}

# Prints the pid of one of our daemons if it runs. A pid file that outlived its process may name a stranger's: the stranger's
# command line does not name our directory.
_ovs_pid() {
    [ -r "$1/$2.pid" ] || return 1
    _ovs_read_pid=
    read -r _ovs_read_pid <"$1/$2.pid" || [ -n "$_ovs_read_pid" ] || return 1
    case $_ovs_read_pid in '' | *[!0-9]*) return 1 ;; esac
    tr '\0' '\n' 2>/dev/null <"/proc/$_ovs_read_pid/cmdline" | grep -qxF -e "--pidfile=$1/$2.pid" || return 1
    printf '%s\n' "$_ovs_read_pid"
}

# ovs_await_memory PID: waits up to five seconds until a process that has ended has given its memory back. Its
# polling threads take a while, in which it has no command line any more, and the hugepages are still its own.
ovs_await_memory() {
    _ovs_tries=0
    while [ -d "/proc/$1" ] && [ "$_ovs_tries" -lt 250 ]; do
        # A zombie that nobody collects has one task, and no memory.
        if grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null && [ ! -e "$(_ovs_other_task "$1")" ]; then
            return 0
        fi
        _ovs_tries=$((_ovs_tries + 1))
        sleep 0.02
    done
}

# A task of a process besides its first; nothing if there is none.
_ovs_other_task() {
    for _ovs_task in "/proc/$1/task/"[0-9]*; do
        if [ "${_ovs_task##*/}" != "$1" ]; then
            printf '%s\n' "$_ovs_task"
            return
        fi
    done
}

# Ends one daemon: asks, unless it was asked already (a third argument), waits up to five seconds, insists.
_ovs_end() {
    _ovs_end_pid=$(_ovs_pid "$1" "$2") || return 0
    if [ -z "${3:-}" ]; then
        kill "$_ovs_end_pid" 2>/dev/null || return 0
    fi
    _ovs_tries=0
    while _ovs_pid "$1" "$2" >/dev/null; do
        _ovs_tries=$((_ovs_tries + 1))
        if [ "$_ovs_tries" -eq 250 ]; then
            kill -9 "$_ovs_end_pid" 2>/dev/null || return 0
        elif [ "$_ovs_tries" -gt 300 ]; then
            _ovs_say "$2 (pid $_ovs_end_pid) does not end; see what it waits for in /proc/$_ovs_end_pid/stack"
            return 1
        fi
        sleep 0.02
    done
    ovs_await_memory "$_ovs_end_pid"
}

# Finds an ovs-vswitchd that was built with DPDK.
_ovs_binary() {
    for _ovs_candidate in "${KTSN_OVS_VSWITCHD:-}" /usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk \
        "$(command -v ovs-vswitchd || true)"; do
        if [ -n "$_ovs_candidate" ] && [ -x "$_ovs_candidate" ] && "$_ovs_candidate" --version 2>/dev/null | grep -q DPDK; then
            printf '%s\n' "$_ovs_candidate"
            return 0
        fi
    done
    _ovs_say "no ovs-vswitchd with DPDK is installed; run: apt-get install openvswitch-switch-dpdk"
    return 1
}

# Refuses to start when the huge pages do not suffice: DPDK's own message does not say what to do.
_ovs_check_hugepages() {
    _ovs_page_kib=$(sed -n 's/^Hugepagesize: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
    _ovs_free=$(sed -n 's/^HugePages_Free: *\([0-9]*\)$/\1/p' /proc/meminfo)
    _ovs_reserved=$(sed -n 's/^HugePages_Rsvd: *\([0-9]*\)$/\1/p' /proc/meminfo)
    _ovs_total=$(sed -n 's/^HugePages_Total: *\([0-9]*\)$/\1/p' /proc/meminfo)
    _ovs_needed=$((($1 * 1024 + ${_ovs_page_kib:-2048} - 1) / ${_ovs_page_kib:-2048}))
    _ovs_missing=$((_ovs_needed - ${_ovs_free:-0} + ${_ovs_reserved:-0}))
    if [ "$_ovs_missing" -gt 0 ]; then
        _ovs_say "Open vSwitch needs $_ovs_needed free huge pages of ${_ovs_page_kib:-2048} KiB ($1 MiB) and $_ovs_missing are missing;" \
            "run: sysctl vm.nr_hugepages=$((${_ovs_total:-0} + _ovs_missing))"
        return 1
    fi
}

# The name of DPDK's directory of runtime files, apart from that of other DPDK programs.
_ovs_prefix() {
    printf 'ktsn-ovs-%s\n' "$(printf '%s' "$1" | cksum | cut -d ' ' -f 1)"
}

# Prints who holds the userspace datapath, of which a network namespace can have one; nothing if nobody does.
_ovs_datapath_owner() {
    [ -e /sys/class/net/ovs-netdev ] || return 0
    # ip goes by the interface's name: it finds those of other namespaces as well.
    for _ovs_owner in $(ip -d tuntap show 2>/dev/null | sed -n '/^ovs-netdev:/{n;s/.*processes: *//p;}'); do
        _ovs_owner_pid=${_ovs_owner##*\(}
        [ "$(readlink "/proc/${_ovs_owner_pid%\)}/ns/net")" != "$(readlink /proc/self/ns/net)" ] ||
            printf '%s\n' "$_ovs_owner"
    done
}

# Removes the interfaces that a daemon could not take with it: they are persistent, and a killed one leaves them.
_ovs_remove_interfaces() {
    _ovs_had_bridges=
    for _ovs_socket in "$1"/*.mgmt; do
        [ -e "$_ovs_socket" ] || continue
        _ovs_had_bridges=yes
        _ovs_bridge=${_ovs_socket##*/}
        _ovs_bridge=${_ovs_bridge%.mgmt}
        if [ -e "/sys/class/net/$_ovs_bridge/tun_flags" ]; then
            ip link del "$_ovs_bridge" || return 1
        fi
    done
    if [ -n "$_ovs_had_bridges" ] && [ -e /sys/class/net/ovs-netdev ] && [ -z "$(_ovs_datapath_owner)" ]; then
        ip link del ovs-netdev || return 1
    fi
}

_ovs_remove_files() {
    rm -f "$1"/ovsdb-server.* "$1"/ovs-vswitchd "$1"/ovs-vswitchd.* "$1"/conf.db "$1"/.conf.db.* "$1"/db.sock \
        "$1"/*.mgmt "$1"/*.snoop
    rm -rf "/var/run/dpdk/$(_ovs_prefix "$1")"
    rmdir "$1" 2>/dev/null || true
}

# _ovs_let_sleep RUNDIR MICROSECONDS: how long an idle polling thread may sleep; by itself it does not. The key has
# had another name since the switch can show it, and warns of the old one.
_ovs_let_sleep() {
    [ "$2" -ne 0 ] || return 0
    _ovs_key=pmd-maxsleep
    if ovs-appctl --timeout=10 -t "$1/ovs-vswitchd.$(_ovs_pid "$1" ovs-vswitchd).ctl" list-commands |
        grep -q 'dpif-netdev/pmd-sleep-show'; then
        _ovs_key=pmd-sleep-max
    fi
    ovs-vsctl "--db=unix:$1/db.sock" --timeout=10 --no-wait set Open_vSwitch . "other_config:$_ovs_key=$2"
}

ovs_start() (
    rundir=${1:?ovs_start RUNDIR PMD_MASK SOCKET_MEM} mask=${2:?} memory=${3:?}
    case $rundir in
    /*) ;;
    *)
        _ovs_say "the run directory '$rundir' is not an absolute path"
        return 1
        ;;
    esac
    if [ ${#rundir} -gt 72 ]; then
        _ovs_say "the run directory $rundir has ${#rundir} characters, and the sockets inside would pass the limit of Unix; use at most 72"
        return 1
    fi
    case $memory in
    *[!0-9]*)
        _ovs_say "'$memory' is not a number of MiB"
        return 1
        ;;
    esac
    digits=${mask#0x}
    case $digits in
    '' | *[!0-9a-fA-F]*)
        _ovs_say "'$mask' is not a mask of cores; write it as 0x2"
        return 1
        ;;
    esac
    if [ "$(id -u)" -ne 0 ]; then
        _ovs_say "starting Open vSwitch needs root"
        return 1
    fi
    binary=$(_ovs_binary) || return 1
    if ! command -v ovsdb-server >/dev/null || ! command -v ovs-vsctl >/dev/null; then
        _ovs_say "ovsdb-server is not installed; run: apt-get install openvswitch-switch-dpdk"
        return 1
    fi
    export OVS_RUNDIR="$rundir" OVS_DBDIR="$rundir" OVS_LOGDIR="$rundir" OVS_SYSCONFDIR="$rundir"
    if ! _ovs_pid "$rundir" ovs-vswitchd >/dev/null; then
        owner=$(_ovs_datapath_owner)
        if [ -n "$owner" ]; then
            _ovs_say "another Open vSwitch, $owner, has this host's userspace datapath, and there can be one only;" \
                "stop that one, or have KTSNd use it (ovs.run.directory in org.ktsn.binder.ovs)"
            return 1
        fi
    fi
    mkdir -p "$rundir" || return 1

    if ! _ovs_pid "$rundir" ovsdb-server >/dev/null; then
        rm -f "$rundir/db.sock" "$rundir/ovsdb-server.pid" "$rundir"/ovsdb-server.*.ctl
        if [ ! -s "$rundir/conf.db" ]; then
            rm -f "$rundir/conf.db" "$rundir"/.conf.db.*
            ovsdb-tool create "$rundir/conf.db" /usr/share/openvswitch/vswitch.ovsschema || return 1
        fi
        if ! (as_daemon ovsdb-server "$rundir/conf.db" "--remote=punix:$rundir/db.sock" "--pidfile=$rundir/ovsdb-server.pid" \
            "--log-file=$rundir/ovsdb-server.log" --detach --no-chdir -vconsole:off >/dev/null 2>&1 </dev/null); then
            _ovs_fail_log "ovsdb-server does not start in $rundir" "$rundir/ovsdb-server.log" || true
            return 1
        fi
    fi

    if ! _ovs_pid "$rundir" ovs-vswitchd >/dev/null; then
        if [ "$memory" -gt 0 ]; then
            if ! _ovs_check_hugepages "$memory"; then
                _ovs_end "$rundir" ovsdb-server || true
                return 1
            fi
            extra="--no-pci --no-telemetry --file-prefix=$(_ovs_prefix "$rundir")"
            socket_memory=$memory
        else
            # --legacy-mem keeps Open vSwitch from adding --in-memory, which does not go with --no-huge.
            extra="--no-pci --no-telemetry --no-huge --legacy-mem -m 256 --file-prefix=$(_ovs_prefix "$rundir")"
            socket_memory=
        fi
        rm -f "$rundir/ovs-vswitchd.pid" "$rundir"/ovs-vswitchd.*.ctl
        ovs-vsctl "--db=unix:$rundir/db.sock" --timeout=10 --no-wait -- init \
            -- set Open_vSwitch . other_config:dpdk-init=true "other_config:dpdk-extra=\"$extra\"" \
            "other_config:pmd-cpu-mask=0x$digits" \
            -- remove Open_vSwitch . other_config dpdk-socket-mem pmd-maxsleep pmd-sleep-max || return 1
        if [ -n "$socket_memory" ]; then
            ovs-vsctl "--db=unix:$rundir/db.sock" --timeout=10 --no-wait \
                set Open_vSwitch . "other_config:dpdk-socket-mem=\"$socket_memory\"" || return 1
        fi
        # By this name the daemon calls itself and its socket, whatever the distribution calls the binary.
        ln -sfn "$binary" "$rundir/ovs-vswitchd"
        : >"$rundir/ovs-vswitchd.log"
        if ! (as_daemon timeout 60 "$rundir/ovs-vswitchd" "unix:$rundir/db.sock" "--pidfile=$rundir/ovs-vswitchd.pid" \
            "--log-file=$rundir/ovs-vswitchd.log" --detach --no-chdir -vconsole:off >/dev/null 2>&1 </dev/null); then
            _ovs_fail_log "ovs-vswitchd with DPDK does not start in $rundir" "$rundir/ovs-vswitchd.log" || true
            _ovs_end "$rundir" ovs-vswitchd || true
            _ovs_end "$rundir" ovsdb-server || true
            return 1
        fi
        _ovs_let_sleep "$rundir" "${KTSN_OVS_PMD_MAXSLEEP_US:-0}" || return 1
    fi

    if [ "$(ovs-vsctl "--db=unix:$rundir/db.sock" --timeout=10 get Open_vSwitch . dpdk_initialized)" != true ]; then
        _ovs_fail_log "DPDK is not initialised in the Open vSwitch of $rundir" "$rundir/ovs-vswitchd.log" || true
        return 1
    fi
)

ovs_stop() (
    rundir=${1:?ovs_stop RUNDIR}
    [ -d "$rundir" ] || return 0
    asked=
    if pid=$(_ovs_pid "$rundir" ovs-vswitchd); then
        # Only so does it remove the interfaces that it made.
        if ovs-appctl --timeout=5 -t "$rundir/ovs-vswitchd.$pid.ctl" exit --cleanup >/dev/null 2>&1; then
            asked=yes
        fi
    fi
    _ovs_end "$rundir" ovs-vswitchd $asked || return 1
    _ovs_end "$rundir" ovsdb-server || return 1
    _ovs_remove_interfaces "$rundir" || return 1
    _ovs_remove_files "$rundir"
)
