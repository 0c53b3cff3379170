# shellcheck shell=sh
# A node: hugepages, the private OVS-DPDK, KTSNd. What up made is written down in the run directory
# before it is made, so that down undoes it after a crash at any point.

# MiB of hugepages; both can be set by whoever runs ./ktsn.
KTSN_OVS_MEMORY=${KTSN_OVS_MEMORY-512}
KTSND_MEMORY=${KTSND_MEMORY-128}

KTSND_READY_SECONDS=30
KTSND_STOP_SECONDS=10

# How long an idle polling thread may sleep where it shares its processor with KTSNd.
SHARED_SLEEP_US=100

PLACED="# chosen by './ktsn up' each time that it starts KTSNd"

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
    is_switch_there || start_switch
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

# ---- the run directory ----

take_run_directory() {
    if [ -e "$KTSN_RUN" ] && ! is_our_run_directory && ! is_prepared_directory "$KTSN_RUN"; then
        die "$KTSN_RUN exists and belongs to some other program; choose another name with KTSN_INSTANCE."
    fi
    mkdir -p "$KTSN_RUN"
    echo "$KTSN_INSTANCE" >"$KTSN_RUN/instance"
}

# ---- hugepages of 2 MiB ----

HUGEPAGES=/sys/kernel/mm/hugepages/hugepages-2048kB

# The file hugepages holds how many pages this instance added in all. While the number in the kernel
# is being changed, hugepages.intent holds "BEFORE ADDED".

# Pages that a process which is just ending still holds are counted by the kernel, and go with it.
lasting_hugepages() {
    echo $(($(cat "$HUGEPAGES/nr_hugepages") - $(cat "$HUGEPAGES/surplus_hugepages")))
}

# reserve_hugepages MEBIOCTETS USER
reserve_hugepages() {
    [ -d "$HUGEPAGES" ] || die "this kernel has no hugepages of 2 MiB; DPDK needs a kernel with CONFIG_HUGETLBFS."
    settle_hugepages_intent
    mount_hugetlbfs
    rh_needed=$((($1 + 1) / 2))
    rh_free=$(($(cat "$HUGEPAGES/free_hugepages") - $(cat "$HUGEPAGES/resv_hugepages")))
    rh_add=$((rh_needed - rh_free))
    [ "$rh_add" -gt 0 ] || return 0

    say "reserving hugepages for $2: $rh_add of 2 MiB ($((rh_add * 2)) MiB, given back by 'down')"
    rh_before=$(lasting_hugepages)
    echo "$rh_before $rh_add" >"$KTSN_RUN/hugepages.intent"
    echo $((rh_before + rh_add)) >"$HUGEPAGES/nr_hugepages"
    if [ "$(lasting_hugepages)" -lt $((rh_before + rh_add)) ]; then
        # Memory is there but in pieces: let the kernel drop caches and compact, then try once more.
        echo 3 >/proc/sys/vm/drop_caches
        echo 1 >/proc/sys/vm/compact_memory 2>/dev/null || :
        echo $((rh_before + rh_add)) >"$HUGEPAGES/nr_hugepages"
    fi
    rh_got=$(($(lasting_hugepages) - rh_before))
    settle_hugepages_intent
    if [ "$rh_got" -lt "$rh_add" ]; then
        return_hugepages
        die "the kernel gave only $rh_got of $rh_add hugepages (2 MiB each): free $(((rh_add - rh_got) * 2)) MiB of memory," \
            "or reserve them at boot with hugepages=$((rh_before + rh_add)) on the kernel's command line."
    fi
}

# Turns an intent, finished or cut short, into the number of pages that this instance has to give back.
settle_hugepages_intent() {
    [ -f "$KTSN_RUN/hugepages.intent" ] || return 0
    shi_before=0
    shi_add=0
    read -r shi_before shi_add <"$KTSN_RUN/hugepages.intent" || :
    shi_got=$(($(lasting_hugepages) - ${shi_before:-0}))
    [ "$shi_got" -le "${shi_add:-0}" ] || shi_got=${shi_add:-0}
    [ "$shi_got" -ge 0 ] || shi_got=0
    echo $(($(hugepages_added) + shi_got)) >"$KTSN_RUN/hugepages.new"
    rm "$KTSN_RUN/hugepages.intent"
    mv "$KTSN_RUN/hugepages.new" "$KTSN_RUN/hugepages"
}

hugepages_added() {
    if [ -s "$KTSN_RUN/hugepages" ]; then
        cat "$KTSN_RUN/hugepages"
    else
        echo 0
    fi
}

return_hugepages() {
    settle_hugepages_intent
    rt_added=$(hugepages_added)
    if [ "$rt_added" -gt 0 ]; then
        rm "$KTSN_RUN/hugepages"
        rt_now=$(lasting_hugepages)
        if [ "$rt_now" -gt "$rt_added" ]; then
            echo $((rt_now - rt_added)) >"$HUGEPAGES/nr_hugepages"
        else
            echo 0 >"$HUGEPAGES/nr_hugepages"
        fi
    fi
    # Only the one that is ours, and only if no other instance uses it: else it is busy and stays.
    if grep -q '^ktsn /dev/hugepages hugetlbfs ' /proc/mounts; then
        umount /dev/hugepages 2>/dev/null || :
    fi
}

# The device name says that the mount is ours.
mount_hugetlbfs() {
    if ! grep -q ' hugetlbfs ' /proc/mounts; then
        mkdir -p /dev/hugepages
        mount -t hugetlbfs -o pagesize=2M ktsn /dev/hugepages
    fi
}

# Places KTSNd's real-time threads, unless a file of the user's, in the distribution's etc/ or in the
# instance's, says something of its own. The first line tells ours from it.
place_ktsnd() {
    for pk_file in "$KTSN_HOME"/etc/org.ktsn.dataplane.* "$KTSN_RUN"/etc/org.ktsn.dataplane.*; do
        [ ! -e "$pk_file" ] || grep -qxF "$PLACED" "$pk_file" || return 0
    done
    mkdir -p "$KTSN_RUN/etc"
    pk_launcher=$(first_processor)
    pk_planner=$(planner_processor)
    {
        printf '%s\nlauncher.cpu = %s\nplanner.cpu = %s\n' "$PLACED" "$pk_launcher" "$pk_planner"
        # What the launcher does not spin through, the planner and the pods' programs have.
        [ "$pk_launcher" -ne "$pk_planner" ] || echo 'launcher.spin.percent = 40'
    } >"$KTSN_RUN/etc/org.ktsn.dataplane.cfg"
}

# ---- the switch ----

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
    KTSN_OVS_PMD_MAXSLEEP_US=${KTSN_OVS_PMD_MAXSLEEP_US:-$ss_sleep_us} \
        ovs_start "$KTSN_RUN/ovs" "$(processor_mask "$(polling_processor)")" "$KTSN_OVS_MEMORY" ||
        die "Open vSwitch did not start. './ktsn down' removes what is left of it; KTSN_OVS=DIRECTORY makes './ktsn up' use one that runs in DIRECTORY."
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
            if [ "$os_run" != "$KTSN_RUN" ] && is_private_switch_running "$os_run"; then
                echo "$os_run/ovs"
                return 0
            fi
        done
    fi
}

# stop_switch: a switch that is not the instance's own loses the instance's bridge only.
# What frames wait for goes before everything else that is not real-time: KTSNd, and the polling threads
# of our own switch, which exist only since KTSNd's port does. Where the kernel groups processes by session
# (autogroup), a thread's nice value counts inside its group only, so the groups get one too.
favour_the_data_path() {
    favour_session "$(ktsnd_pid)"
    [ -z "${KTSN_OVS-}" ] || return 0
    fdp_switch=$(cat "$KTSN_RUN/ovs/ovs-vswitchd.pid")
    favour_session "$fdp_switch"
    for fdp_name in /proc/"$fdp_switch"/task/*/comm; do
        case $(cat "$fdp_name" 2>/dev/null) in
        pmd-*)
            fdp_task=${fdp_name%/comm}
            renice -n -20 -p "${fdp_task##*/}" >/dev/null ||
                say "the switch's polling thread ${fdp_task##*/} keeps its ordinary priority; latencies suffer when the machine is busy"
            ;;
        *)
            # The others carry the pods' ordinary traffic; beside the polling thread they would starve.
            fdp_task=${fdp_name%/comm}
            taskset -cp "$(ktsnd_processors)" "${fdp_task##*/}" >/dev/null 2>&1 || :
            ;;
        esac
    done
}

# favour_session PID: only if it leads a session of its own.
favour_session() {
    # The fourth field behind the name.
    if [ "$(sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 4)" = "$1" ]; then
        echo -20 2>/dev/null >"/proc/$1/autogroup" || :
    fi
}

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
        ovs_stop "$KTSN_RUN/ovs"
    fi
}

# ---- KTSNd ----

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

is_ktsnd_ready() {
    is_ktsnd_running && [ -e "$KTSN_RUN/ready" ]
}

start_ktsnd() {
    is_ktsnd_running && return 0
    if is_ktsnd "$(relief_pid)"; then
        return 0 # it takes over by itself
    fi
    say "starting KTSNd (instance $KTSN_INSTANCE)"
    rm -f "$KTSN_RUN/ready" "$KTSN_RUN/ktsnd.pid"
    run_ktsnd
    # KTSNd writes the same number once it is a JVM; until then this one lets 'down' find it.
    echo $! >"$KTSN_RUN/ktsnd.pid"
}

# run_ktsnd ARGUMENT...: in the background.
run_ktsnd() {
    KTSND_LOG_BEGIN=$(stat -c %s "$KTSN_RUN/ktsnd.log" 2>/dev/null || echo 0)
    place_ktsnd
    rm -f "$KTSN_RUN/ktsnd.out"
    # The planner waits now and then for the JVM's ordinary threads. So they must not stand behind the
    # switch's polling thread, which never lets go of its processor, nor behind everybody else's work.
    # It gets its group's priority only once it is ready: a start must not keep programs from sending.
    as_daemon setsid taskset -c "$(ktsnd_processors)" "$KTSN_HOME/bin/ktsnd" "$@" \
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
        # In its first second it may not be recognisable yet.
        if [ "$pr_turns" -eq 0 ] ||
            { [ "$pr_turns" -lt $((KTSND_READY_SECONDS * 20 - 20)) ] && ! is_ktsnd "$pr_pid"; }; then
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
        # In its first second it may not be recognisable yet.
        if [ "$wur_turns" -lt $((KTSND_READY_SECONDS * 20 - 20)) ] && ! is_ktsnd_running; then
            why_not_ready
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
