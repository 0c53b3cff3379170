# shellcheck shell=sh
# Who runs on which processor: KTSNd's launcher on the first one that this process may use, the switch's
# polling thread on the last; and who goes before whom.

# allowed_processors: the numbers of the processors that this process may use and that are online, in
# order. They need not begin with 0, nor be without gaps: a container's or unit's cpuset, one thread a
# core only, processors that were taken offline.
allowed_processors() {
    ap_list=$(LC_ALL=C taskset -cp $$) ||
        die "taskset can't tell which processors this process may use; it is in Debian's package util-linux."
    expand_processors "${ap_list##*: }"
}

# expand_processors LIST: the numbers of a list as the kernel writes it, for instance "0-2,5".
expand_processors() {
    ep_numbers=
    for ep_range in $(echo "$1" | tr , ' '); do
        ep_number=${ep_range%-*}
        while [ "$ep_number" -le "${ep_range#*-}" ]; do
            ep_numbers="$ep_numbers $ep_number"
            ep_number=$((ep_number + 1))
        done
    done
    echo "${ep_numbers# }"
}

first_processor() {
    fp_allowed=$(allowed_processors)
    echo "${fp_allowed%% *}"
}

last_processor() {
    lp_allowed=$(allowed_processors)
    echo "${lp_allowed##* }"
}

# polling_processor: the switch's, as it was chosen when the switch was started; the last one if the switch
# is somebody else's. Behind a link it is the choice of the switch's owner.
polling_processor() {
    cat "$KTSN_RUN/ovs/../polling.processor" 2>/dev/null || last_processor
}

# ktsnd_processors: all but the polling thread's; that one if there is no other.
ktsnd_processors() {
    if is_without_switch; then
        allowed_processors | tr ' ' ,
        return
    fi
    kp_polling=$(polling_processor)
    kp_list=
    for kp_processor in $(allowed_processors); do
        [ "$kp_processor" -eq "$kp_polling" ] || kp_list=$kp_list,$kp_processor
    done
    kp_list=${kp_list#,}
    echo "${kp_list:-$kp_polling}"
}

# leave_polling_processor: this shell and what it starts, unless there is no other processor. Whatever else
# runs on the polling thread's gets a hundredth of it, at times that nobody can foresee.
leave_polling_processor() {
    taskset -cp "$(ktsnd_processors)" $$ >/dev/null
}

# planner_processor: the second one; with two or less the planner stays with the launcher, away from the
# switch's thread.
planner_processor() {
    # shellcheck disable=SC2046 # numbers
    set -- $(allowed_processors)
    if [ $# -ge 3 ]; then
        echo "$2"
    else
        echo "$1"
    fi
}

# processor_mask NUMBER: in hexadecimal, for any number of processors.
processor_mask() {
    pm_zeros=$(($1 / 4))
    printf '0x%x' $((1 << ($1 % 4)))
    while [ "$pm_zeros" -gt 0 ]; do
        printf 0
        pm_zeros=$((pm_zeros - 1))
    done
}

# What frames wait for goes before everything else that is not real-time: KTSNd, and the polling threads
# of our own switch, which exist only since KTSNd's port does. Where the kernel groups processes by session
# (autogroup), a thread's nice value counts inside its group only, so the groups get one too.
favour_the_data_path() {
    favour_session "$(ktsnd_pid)"
    [ -z "${KTSN_OVS-}" ] && ! is_without_switch || return 0
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
