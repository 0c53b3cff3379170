#!/bin/sh
# Tests of the front door: what it says when something is missing, and that up and down are safe to
# repeat, also after KTSNd was killed. Prints one line "ok ..." or "not ok ..." a test.
#
#   selftest.sh ROOT    ROOT is the source tree; needs root
# shellcheck disable=SC2016,SC2317,SC2329 # inner shells expand; check calls the functions
set -u

root=$1
instance=ktself
run=/run/$instance
export KTSN_STATE=$run/kept
failed=0
scratch=$(mktemp -d)

cleanup() {
    KTSN_INSTANCE=$instance "$root/ktsn" down >/dev/null 2>&1
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# A copy without a build, readable for everyone: for the tests in which something is missing.
chmod 755 "$scratch"
mkdir -p "$scratch/bare/distribution"
cp "$root/ktsn" "$scratch/bare/"
cp -r "$root/distribution/lib" "$scratch/bare/distribution/"
chmod -R a+rX "$scratch/bare"
out=$scratch/out

# check NAME COMMAND...: the test passes if the command succeeds.
check() {
    check_name=$1
    shift
    if "$@" >"$out.check" 2>&1; then
        echo "ok $check_name"
    else
        echo "not ok $check_name"
        sed 's/^/# /' "$out" "$out.check" 2>/dev/null
        failed=1
    fi
}

# refuses STATUS WORD COMMAND...: the command ends with STATUS and says, in one line, WORD.
refuses() {
    refuses_status=$1
    refuses_word=$2
    shift 2
    refuses_got=0
    "$@" >"$out" 2>&1 </dev/null || refuses_got=$?
    [ "$refuses_got" -eq "$refuses_status" ] || {
        echo "exit code $refuses_got instead of $refuses_status"
        return 1
    }
    grep -q -- "$refuses_word" "$out" || {
        echo "it does not say '$refuses_word'"
        return 1
    }
    ! grep -qE 'Exception|^\s+at ' "$out" && [ "$(grep -c '^ktsn: ' "$out")" -eq 1 ]
}

nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# Runs a command where no JDK 25 can be found, and none be installed.
without_jdk() {
    hidden="apt-get apt-cache"
    # shellcheck disable=SC2016 # expanded by the inner shell
    without_tools unshare --mount --propagation private sh -c '
        mount -t tmpfs none /usr/lib/jvm || exit 99
        mount -t tmpfs none /opt || exit 99
        exec env -u JAVA_HOME HOME=/nonexistent "$@"
    ' sh "$@"
}

# Runs a command with a search path that has the system's tools, but not those named in $hidden.
without_tools() {
    rm -rf "${scratch:?}/bin"
    mkdir "$scratch/bin"
    for tools in /sbin /bin /usr/sbin /usr/bin; do
        ln -sf "$tools"/* "$scratch/bin/"
    done
    for tool in $hidden; do
        rm -f "$scratch/bin/$tool"
    done
    env PATH="$scratch/bin" "$@"
}

in_instance() {
    KTSN_INSTANCE=$instance "$root/ktsn" "$@" >"$out" 2>&1 </dev/null
}

# ---- what is missing is said in a sentence ----

bare=$scratch/bare/ktsn

for command in up down status demo test "bench launcher" "pod list" "shell lb"; do
    # shellcheck disable=SC2086 # words
    check "'$command' without root says that it needs root" \
        refuses 1 'needs root; run it with sudo' nobody sh "$bare" $command
done
check "build without a JDK says how to get it" refuses 1 'Install Eclipse Temurin 25' without_jdk sh "$bare" build
check "an older JDK in JAVA_HOME is named" \
    refuses 1 "JAVA_HOME is '/usr', which is not one" without_jdk env JAVA_HOME=/usr sh "$bare" build
hidden="mvn apt-get"
check "a missing package without apt-get is named" \
    refuses 1 'missing: maven (builds the bundles). There is no apt-get here' without_tools sh "$bare" build
hidden="mvn"
check "a missing package without root is named with its command" \
    refuses 1 'sudo apt-get install maven' without_tools setpriv --reuid=65534 --regid=65534 --clear-groups sh "$bare" build
check "an unknown command is refused" refuses 2 "'upp' is not one of the commands" sh "$bare" upp
check "an option that an image does not have is refused" refuses 2 "image does not know '--bas'" sh "$bare" image --bas x
check "an image's base needs a reference" refuses 2 'image --base needs the reference' sh "$bare" image --base
check "pods need a verb" refuses 2 'pod needs to know what to do' sh "$bare" pod
check "a bad instance name is refused" refuses 1 "KTSN_INSTANCE is 'a/b'" env KTSN_INSTANCE=a/b sh "$bare" up
check "a long instance name is refused" refuses 1 '9 characters long' env KTSN_INSTANCE=abcdefghi sh "$bare" up
check "another program's run directory is left alone" refuses 1 'not a run directory of KTSN' env KTSN_INSTANCE=netns9 sh -c '
    mkdir -p /run/netns9/x && sh "$1" down; status=$?; rm -r /run/netns9; exit $status' sh "$bare"
check "a baseline that is no distribution is refused" \
    refuses 1 "--baseline is '/nowhere', and there is no bin/ktsnd in it" sh "$bare" bench latency --baseline /nowhere
check "a baseline without a value is refused" refuses 2 '--baseline needs a value' sh "$bare" bench latency --baseline
check "help lists the commands" sh -c 'sh "$1" help | grep -q redeploy' sh "$bare"

# ---- a node comes up, goes down, and survives being killed ----

pages() {
    cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
}

daemon() {
    cat "$run/ktsnd.pid"
}

# nothing_left PAGES: no process, namespace, interface, hugepage or file of the instance.
nothing_left() {
    ! [ -e "$run" ] || { ls -la "$run"; return 1; }
    ! ip netns list | grep "^$instance-" || return 1
    ! ip -o link | grep -E -- "-${instance}[@:]" || return 1
    [ "$(pages)" -eq "$1" ] || { echo "$(pages) hugepages instead of $1"; return 1; }
}

# Nothing is built, and nothing started anew. How long it takes is the machine's affair, up to what nobody would wait.
quick_and_quiet() {
    quick_daemons=$(daemons)
    quick_begin=$(date +%s%N)
    in_instance up || return 1
    quick_ms=$((($(date +%s%N) - quick_begin) / 1000000))
    ! grep '^==>' "$out" && [ "$(daemons)" = "$quick_daemons" ] && [ "$quick_ms" -le 60000 ]
}

daemons() {
    cat "$run/ktsnd.pid" "$run"/ovs/*.pid
}

pod_sees_channel() {
    in_instance pod exec alpha -- sh -c 'test -S /run/ktsn/app.sock && case $LD_PRELOAD in *libktsn.so) ;; *) exit 1 ;; esac && ip -o addr show tsn0 && pwd && exit 7'
    [ $? -eq 7 ] && grep -q 10.77. "$out" && grep -qxF "$(pwd)" "$out"
}

# The neighbour's address appears once a question and its answer went through the switch.
pods_reach_each_other() {
    address=$(KTSN_INSTANCE=$instance "$root/ktsn" pod exec beta -- ip -4 -o addr show tsn0 |
        sed -n 's/.*inet \([0-9.]*\).*/\1/p')
    in_instance pod exec alpha -- bash -c '
        for try in $(seq 50); do
            echo hello >/dev/udp/$0/9 && ip neigh show "$0" | grep lladdr && exit
            sleep 0.1
        done
        exit 1' "$address"
}

another_daemon() {
    former=$(daemon)
    in_instance restart && [ "$(daemon)" != "$former" ]
}

# A distribution without a bundle that it needs does not get as far as the running KTSNd.
broken_restart() {
    former=$(daemon)
    cp -a "$root/distribution/target/ktsn-"*/ "$scratch/broken"
    find "$scratch/broken/bundles" -name 'org.ktsn.stack.udp-*.jar' -delete
    refuses 1 'goes on' env KTSN_INSTANCE="$instance" KTSN_DISTRIBUTION="$scratch/broken" "$root/ktsn" restart &&
        grep -q 'org.ktsn.stack.udp' "$out" && [ "$(daemon)" = "$former" ] && in_instance status
}

switch_is_back() {
    former=$(daemon)
    in_instance up && kill -0 "$(cat "$run/ovs/ovs-vswitchd.pid")" && [ "$(daemon)" = "$former" ]
}

kill_daemon() {
    kill_process "$(daemon)"
}

kill_process() {
    victim=$1
    kill -9 "$victim" || return 1
    for _ in $(seq 100); do
        kill -0 "$victim" 2>/dev/null || return 0
        sleep 0.05
    done
    return 1
}

# Brings the node up as a script does that holds a lock and whose output goes into a pipe, with configuration that
# was put there beforehand.
up_under_a_lock() {
    mkdir -p "$run/etc"
    echo '# mine' >"$run/etc/org.ktsn.shaping.cfg"
    timeout 120 bash -o pipefail -c 'exec 12>"$1" && flock 12 && export KTSN_INSTANCE=$2 && "$3/ktsn" up 2>&1 11>&1 | cat' \
        bash "$scratch/lock" "$instance" "$root" >"$out" </dev/null
}

# daemons_keep_nothing: neither the lock, nor a descriptor of whoever called.
daemons_keep_nothing() {
    flock -n "$scratch/lock" true || return 1
    for kept_daemon in "$run/ktsnd.pid" "$run/ovs/ovs-vswitchd.pid" "$run/ovs/ovsdb-server.pid"; do
        kept=/proc/$(cat "$kept_daemon")/fd
        [ -z "$(find "$kept" -lname "$scratch/*")" ] || {
            ls -l "$kept"
            return 1
        }
        case "$(readlink "$kept/0") $(readlink "$kept/1") $(readlink "$kept/2")" in
        "/dev/null /dev/null /dev/null" | "/dev/null $run/ktsnd.out $run/ktsnd.out") ;;
        *)
            ls -l "$kept"
            return 1
            ;;
        esac
    done
}

# on_one_processor: the node, with this shell pinned to the last processor that it may use.
on_one_processor() {
    one=$(LC_ALL=C taskset -cp $$ | sed 's/.*[ ,-]//')
    KTSN_INSTANCE=$instance taskset -c "$one" "$root/ktsn" up >"$out" 2>&1 </dev/null &&
        [ "$(LC_ALL=C taskset -cp "$(daemon)" | sed 's/.*: //')" = "$one" ] &&
        grep -qx "launcher.cpu = $one" "$run/etc/org.ktsn.dataplane.cfg" &&
        in_instance status && in_instance down
}

# reader_goes SCRIPT: a demo of an hour, of whose output somebody reads one line, ends by itself and leaves nothing.
reader_goes() {
    KTSN_INSTANCE=$instance timeout 600 sh -c "$1" sh "$root/ktsn" </dev/null >"$out" 2>&1
    # The end of the reader is not that of the demo, which holds this lock.
    flock -w 600 "$root/distribution/lib/demo.sh" true && nothing_left "$before"
}

before=$(pages)
check "a demo's help starts nothing" sh -c '
    sh "$1/ktsn" demo --help </dev/null >"$2" && grep -q -- --frames "$2" && ! grep -q hugepages "$2"' sh "$root" "$out"
check "up brings a node up, for a caller with open descriptors and a folder of configuration" up_under_a_lock
check "its daemons keep nothing of the caller's" daemons_keep_nothing
check "the configuration that was there is still there" grep -qx '# mine' "$run/etc/org.ktsn.shaping.cfg"
check "a second up is quick and quiet" quick_and_quiet
echo "# it took ${quick_ms-no} ms"
check "status tells of it" in_instance status
check "the demo leaves a node alone that is in use" refuses 1 'instance ktself is in use' env KTSN_INSTANCE=$instance "$root/ktsn" demo
check "a command of the shell runs" in_instance shell lb
check "pods can be attached" in_instance pod add alpha
check "and a second one" in_instance pod add beta
check "a program in a pod sees its channel, the preloaded library and the caller's folder" pod_sees_channel
check "a pod reaches another one" pods_reach_each_other
check "a pod that does not exist is refused" refuses 1 "there is no pod 'gamma'" env KTSN_INSTANCE=$instance "$root/ktsn" pod exec gamma -- true
check "KTSNd can be killed" kill_daemon
check "up brings it back" in_instance up
check "its pods are still there" pod_sees_channel
check "restart puts another KTSNd in its place" another_daemon
check "and its pods stay" pod_sees_channel
check "one that can't start leaves the running one in its place" broken_restart
check "the switch can be killed" kill_process "$(cat "$run/ovs/ovs-vswitchd.pid")"
check "up brings it back under KTSNd" switch_is_back
check "and pods reach each other again" pods_reach_each_other
check "a pod can be detached" in_instance pod del beta
check "KTSNd can be killed again" kill_daemon
check "down cleans up behind a killed KTSNd" in_instance down
check "nothing is left" nothing_left "$before"
check "a second down has nothing to do" in_instance down
check "a node comes up on one processor, whichever it is" on_one_processor
check "nothing is left of it" nothing_left "$before"
check "a demo of whose progress one line is read leaves nothing" reader_goes '"$1" demo --frames 3600000 2>&1 | head -n 1'
check "a demo of whose output one line is read leaves nothing" reader_goes '"$1" demo --frames 3600000 2>/dev/null | head -n 1'

exit "$failed"
