# shellcheck shell=sh
# What every part of the front door uses: names, paths, output. POSIX sh, safe under set -eu.
#
# Given: KTSN_ROOT, the source tree; KTSN_DISTRIBUTION, if another distribution than its own is to run.
# Sets:  KTSN_HOME, the unpacked distribution; KTSN_WORK, stamps and logs;
#        KTSN_INSTANCE and KTSN_RUN, by instance_use.

KTSN_VERSION=0.1.0
KTSN_HOME=${KTSN_DISTRIBUTION:-$KTSN_ROOT/distribution/target/ktsn-$KTSN_VERSION}
KTSN_WORK=$KTSN_ROOT/.ktsn

# Progress goes to standard error, so that a command's own output stays clean. Nothing depends on somebody
# reading it.
say() {
    printf '==> %s\n' "$*" >&2 || :
}

note() {
    printf '    %s\n' "$*" >&2 || :
}

die() {
    printf 'ktsn: %s\n' "$*" >&2 || :
    exit 1
}

# finish_unread: what changes the node comes to its end also when whoever read its messages has gone away
# ('./ktsn down 2>&1 | head -1').
finish_unread() {
    trap '' PIPE
}

misused() {
    printf 'ktsn: %s\n' "$*" >&2
    exit 2
}

need_root() {
    [ "$(id -u)" -eq 0 ] || die "$1 needs root; run it with sudo."
}

# instance_use NAME: an instance is a KTSNd with its switch, pods and run directory.
instance_use() {
    case $1 in
    '' | *[!a-z0-9]*)
        die "KTSN_INSTANCE is '$1'; give one to eight lower-case letters or digits."
        ;;
    ?????????*)
        die "KTSN_INSTANCE is '$1', ${#1} characters long; give at most eight."
        ;;
    esac
    KTSN_INSTANCE=$1
    KTSN_RUN=/run/$1
    export KTSN_INSTANCE KTSN_RUN KTSN_HOME
    KTSN_SCRIPT=$KTSN_ROOT/ktsn
    export KTSN_SCRIPT
}

# is_our_run_directory: true if KTSN_RUN is an instance's and not some other program's.
is_our_run_directory() {
    [ -f "$KTSN_RUN/instance" ] || [ -f "$KTSN_RUN/ktsnd.lock" ]
}

# is_prepared_directory FOLDER: nothing is in it but what a user may put there before the first start:
# configuration, and the folders of channels that a runtime mounts.
is_prepared_directory() {
    [ -d "$1" ] || return 1
    for ipd_entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        case ${ipd_entry#"$1/"} in
        etc | pods) [ -d "$ipd_entry" ] || return 1 ;;
        *) ! [ -e "$ipd_entry" ] || return 1 ;;
        esac
    done
}

# lock_node: one ./ktsn at a time changes the node (run directories, hugepages); holds until
# unlock_node. A daemon does not keep the lock, since it is started by as_daemon.
lock_node() {
    exec 9</run
    flock -n 9 || {
        say "waiting for another ./ktsn that is at work on this node"
        flock -w 120 9 || die "another ./ktsn has been at work on this node for two minutes; see 'ps -C ktsn'."
    }
}

unlock_node() {
    exec 9<&-
}

# run_logged LOG FILTER COMMAND...: runs a command, keeps all that it says in LOG and shows the
# lines that match the extended regular expression FILTER. Answers with the command's exit code.
run_logged() {
    rl_log=$1
    rl_filter=$2
    shift 2
    mkdir -p "$KTSN_WORK/log"
    rm -f "$rl_log.status"
    {
        rl_status=0
        "$@" || rl_status=$?
        echo "$rl_status" >"$rl_log.status"
    } 2>&1 </dev/null | tee "$rl_log" | { grep --line-buffered -E "$rl_filter" >&2 || :; }
    rl_status=$(cat "$rl_log.status")
    rm -f "$rl_log.status"
    return "$rl_status"
}

# show_tail FILE [LINES]: the end of a log, indented.
show_tail() {
    [ -s "$1" ] || return 0
    note "the end of $1:"
    tail -n "${2:-25}" "$1" | sed 's/^/    | /' >&2
}

# pid_runs PID WORD: true if process PID lives and its command line contains WORD.
pid_runs() {
    case $1 in
    '' | *[!0-9]*) return 1 ;;
    esac
    [ -r "/proc/$1/cmdline" ] || return 1
    tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF -- "$2"
}

# is_living PID: true if there is such a process, and it is not one that has ended and is only waited for.
is_living() {
    case $1 in
    '' | *[!0-9]*) return 1 ;;
    esac
    [ -r "/proc/$1/status" ] && ! grep -q '^State:.*[ZX]' "/proc/$1/status" 2>/dev/null
}
