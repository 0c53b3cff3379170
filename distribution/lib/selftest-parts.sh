#!/bin/sh
# Tests of the front door's parts, one function at a time: no node. Needs root. Prints one line "ok ..." or
# "not ok ..." a test.
#
#   selftest-parts.sh ROOT    ROOT is the source tree
# shellcheck disable=SC2016,SC2317,SC2329 # inner shells expand; check calls the functions
set -u

root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
failed=0

# check NAME COMMAND...: the test passes if the command succeeds.
check() {
    check_name=$1
    shift
    if "$@" >"$scratch/check" 2>&1; then
        echo "ok $check_name"
    else
        echo "not ok $check_name"
        sed 's/^/# /' "$scratch/check"
        failed=1
    fi
}

# in_parts SCRIPT ARGUMENT...: runs a script that has sourced the parts, as ./ktsn does.
in_parts() {
    in_parts_script=$1
    shift
    KTSN_ROOT=$root sh -euc '
        for part in common java packages build ovs processors hugepages switch ktsnd node; do
            . "$KTSN_ROOT/distribution/lib/$part.sh"
        done
        '"$in_parts_script" sh "$@"
}

# gives EXPECTED SCRIPT ARGUMENT...: the script prints this.
gives() {
    gives_expected=$1
    shift
    gives_got=$(in_parts "$@")
    [ "$gives_got" = "$gives_expected" ] || {
        echo "'$gives_got' instead of '$gives_expected'"
        return 1
    }
}

# ---- processors ----

check "a list of processors is read" gives "0 2 5" 'expand_processors 0,2,5'
check "a single processor is read" gives 3 'expand_processors 3'
check "ranges are read" gives "1 2 3 7" 'expand_processors 1-3,7'
check "numbers of several digits are read" gives "9 10 11 126" 'expand_processors 9-11,126'

# placed LIST: first, last, KTSNd's, the planner's processor, and the mask of the polling thread.
placed='
    KTSN_RUN=/nonexistent list=$1
    allowed_processors() { expand_processors "$list"; }
    echo "$(first_processor) $(last_processor) $(ktsnd_processors) $(planner_processor) $(processor_mask "$(polling_processor)")"'
check "two processors are shared out" gives "0 1 0 0 0x2" "$placed" 0-1
check "four processors are shared out" gives "0 3 0,1,2 1 0x8" "$placed" 0-3
check "processors with gaps are shared out" gives "0 5 0,2 2 0x20" "$placed" 0,2,5
check "processors that do not begin with 0 are shared out" gives "1 7 1,2,3 2 0x80" "$placed" 1-3,7
check "two processors far apart are shared out" gives "4 70 4 4 0x400000000000000000" "$placed" 4,70
check "a single processor has everything" gives "3 3 3 3 0x8" "$placed" 3
check "a KTSNd stays off the processor that the running switch polls on" gives 1,2 '
    KTSN_RUN=$1 && mkdir -p "$1/ovs" && echo 0 >"$1/polling.processor"
    allowed_processors() { echo 0 1 2; }
    ktsnd_processors' "$scratch/polling"
allowed_now=$(LC_ALL=C taskset -cp $$)
for processor in $(KTSN_ROOT=$root sh -c '. "$KTSN_ROOT/distribution/lib/processors.sh"; expand_processors "$1"' sh "${allowed_now##*: }"); do
    check "a shell that is pinned to processor $processor may use that one" gives "$processor" \
        'exec taskset -c "$1" sh -c ". \"$KTSN_ROOT/distribution/lib/processors.sh\"; allowed_processors"' "$processor"
done

# ---- the run directory ----

prepared='if is_prepared_directory "$1"; then echo yes; else echo no; fi'
mkdir -p "$scratch/run/none" "$scratch/run/etc/etc" "$scratch/run/both/etc/x" "$scratch/run/both/pods/default-robot.eth0" \
    "$scratch/run/other/etc" "$scratch/run/file"
: >"$scratch/run/other/.hidden"
: >"$scratch/run/file/etc"
check "an empty folder can become a run directory" gives yes "$prepared" "$scratch/run/none"
check "one with configuration can" gives yes "$prepared" "$scratch/run/etc"
check "one with configuration and channels can" gives yes "$prepared" "$scratch/run/both"
check "one with anything else can't" gives no "$prepared" "$scratch/run/other"
check "one with a file of that name can't" gives no "$prepared" "$scratch/run/file"
check "one that is not there is none" gives no "$prepared" "$scratch/run/nothing"

# configured_at HOME RUN: what stands in the run directory's configuration afterwards.
configured_at='
    KTSN_HOME=$1 KTSN_RUN=$2 KTSND_MEMORY=96
    allowed_processors() { echo 1 2 3; }
    configure_ktsnd
    configure_ktsnd
    cat "$2"/etc/org.ktsn.dataplane.* | grep -v "^#"'
mkdir -p "$scratch/home/etc" "$scratch/own/etc" "$scratch/json/etc"
echo 'launcher.cpu = 7' >"$scratch/own/etc/org.ktsn.dataplane.cfg"
echo '{"memory.mib": 512}' >"$scratch/json/etc/org.ktsn.dataplane.memory.json"
check "threads are placed on allowed processors, and memory is what was reserved" gives "launcher.cpu = 1
planner.cpu = 2
memory.mib = 96" "$configured_at" "$scratch/home" "$scratch/placed"
check "where the user has placed them, they stay" gives "launcher.cpu = 7
memory.mib = 96" "$configured_at" "$scratch/home" "$scratch/own"
check "where the user has chosen the memory, threads are placed" gives 'launcher.cpu = 1
planner.cpu = 2
{"memory.mib": 512}' "$configured_at" "$scratch/home" "$scratch/json"

# ---- a daemon's descriptors ----

check "a daemon has none of its caller's descriptors" bash -c '
    exec 5>"$2/five" 12>"$2/twelve" 200>"$2/two-hundred"
    . "$1/distribution/lib/ovs.sh"
    (as_daemon ls -l /proc/self/fd) >"$2/descriptors"
    cat "$2/descriptors"
    [ "$(grep -c " -> " "$2/descriptors")" -eq 4 ] && ! grep -E "five|twelve|two-hundred" "$2/descriptors"' \
    bash "$root" "$scratch"
check "a daemon is the process that was started" sh -c '
    . "$1/distribution/lib/ovs.sh"
    as_daemon sh -c "echo \$\$" >"$2/process" &
    wait $! && [ "$(cat "$2/process")" = $! ]' sh "$root" "$scratch"

# ---- a start ----

# start_slowly HOME RUN SECONDS: KTSNd is a process that nobody can tell from another one, for so long.
mkdir -p "$scratch/slow/bin" "$scratch/slow-run"
printf '#!/bin/sh\n: >"$KTSN_RUN/ready"\nwhile sleep 0.2; do :; done\n' >"$scratch/slow/bin/ktsnd"
start_slowly='
    KTSN_HOME=$1 KTSN_RUN=$2 KTSN_INSTANCE=x KTSN_WORK=$2
    env -u KTSN_RUN sh -c "sleep $3; KTSN_RUN=\$1 exec sh \$2" sh "$2" "$1/bin/ktsnd" &
    KTSND_STARTED=$!
    echo "$KTSND_STARTED" >"$2/ktsnd.pid"
    if [ "$4" = killed ]; then
        kill -9 "$KTSND_STARTED"
    fi
    trap "kill $KTSND_STARTED 2>/dev/null" EXIT
    wait_until_ready'
check "a start may take its time until KTSNd is recognisable" in_parts "$start_slowly" "$scratch/slow" "$scratch/slow-run" 4 alone
rm -f "$scratch/slow-run/ready"
killed_start() {
    ! in_parts "$start_slowly" "$scratch/slow" "$scratch/slow-run" 4 killed >"$scratch/said" 2>&1 &&
        grep -q 'exit code is 137' "$scratch/said" && grep -q 'KTSNd ended while it started' "$scratch/said"
}
check "a KTSNd that is killed while it starts is told, with its exit code" killed_start

# ---- the JDK ----

# jdk FOLDER RELEASE: something that looks like one.
jdk() {
    mkdir -p "$1/bin"
    printf '#!/bin/sh\n' >"$1/bin/javac"
    chmod 755 "$1/bin/javac"
    printf 'JAVA_VERSION="%s.0.1"\n' "$2" >"$1/release"
}
jdk "$scratch/user/.sdkman/candidates/java/newer" 28
jdk "$scratch/path" 27
jdk "$scratch/user/.sdkman/candidates/java/very" 25
jdk "$scratch/old" 21
# jdk_is EXPECTED NAME=VALUE...: the one that is taken. The machine's own are out of sight, for which it takes root.
jdk_is() {
    jdk_expected=$1
    shift
    jdk_got=$(unshare --mount --propagation private sh -c '
        mount -t tmpfs none /usr/lib/jvm && mount -t tmpfs none /opt && exec "$@"' sh \
        env -u JAVA_HOME KTSN_ROOT="$root" HOME="$scratch/user" PATH="$scratch/path/bin:$PATH" "$@" sh -euc '
            for part in common java packages; do . "$KTSN_ROOT/distribution/lib/$part.sh"; done
            find_jdk
            echo "$JAVA_HOME"')
    [ "${jdk_got#"$scratch/"}" = "$jdk_expected" ] || {
        echo "'$jdk_got' instead of '$jdk_expected'"
        return 1
    }
}
check "JDK 25 goes before a later one on the search path" jdk_is user/.sdkman/candidates/java/very true=1
check "a later one that JAVA_HOME names is taken" jdk_is path JAVA_HOME="$scratch/path"
check "an older one that JAVA_HOME names is not" jdk_is user/.sdkman/candidates/java/very JAVA_HOME="$scratch/old"
rm -r "$scratch/user/.sdkman/candidates/java/very"
check "a later one is taken where there is no other" jdk_is path true=1

# ensured USER KNOWN: what is done for a user (0 is root) where there is no JDK and the packages know one, or not.
ensured='
    user=$1 known=$2
    unset JAVA_HOME
    id() { echo "$user"; }
    knows_package() { [ "$known" = yes ]; }
    look_for_jdk() { [ "${installed-}$1" = yes25 ] && JAVA_HOME=/jdk25; }
    install_packages() {
        echo "install $1"
        installed=yes
    }
    (ensure_jdk && echo "$JAVA_HOME") 2>&1 || :'
says() {
    says_word=$1
    shift
    in_parts "$@" >"$scratch/said"
    cat "$scratch/said"
    grep -q -- "$says_word" "$scratch/said"
}
check "JDK 25 is installed where the packages have it" gives "==> installing packages: openjdk-25-jdk-headless (compiles and runs KTSNd)
install openjdk-25-jdk-headless
/jdk25" "$ensured" 0 yes
check "without root the way to it is said" says "sudo apt-get install openjdk-25-jdk-headless" "$ensured" 1000 yes
check "where the packages have none the way to another is said" says "apt-get install -y temurin-25-jdk" "$ensured" 0 no

# ---- the code's form ----

mkdir -p "$scratch/form"
for tool in clang-format clang-format-14; do
    printf '#!/bin/sh\necho "Some clang-format version $CLANG_FORMAT_IS"\n' >"$scratch/form/$tool"
done
printf '#!/bin/sh\necho "ShellCheck - shell script analysis tool"; echo "version: $SHELLCHECK_IS"\n' >"$scratch/form/shellcheck"
chmod 755 "$scratch"/form/*
# formed CLANG-FORMAT SHELLCHECK JDK [required]: which checks are made with tools of these releases, and what is said.
formed='
    . "$KTSN_ROOT/distribution/lib/form.sh"
    export CLANG_FORMAT_IS=$2 SHELLCHECK_IS=$3 KTSN_FORM=${5-}
    PATH=$1:$PATH JAVA_HOME=/jdk java=$4 TEST_FAILED=0 TEST_SKIPPED=0
    java_release() { echo "$java"; }
    install_form_tools() { :; }
    test_step() {
        echo "$1"
    }
    check_form 2>&1
    echo "$TEST_FAILED failed, $TEST_SKIPPED skipped"'
form_of_c="layout of C (native)
layout of C (shim)
layout of C (cni)
layout of C (distribution/demo)
layout of C (itests/guest)"
check "the code's form is checked by the releases that decide it" gives "shell scripts
$form_of_c
0 failed, 0 skipped" "$formed" "$scratch/form" 14.0.6 0.9.0 25 required
check "a later clang-format fails nothing" gives "shell scripts
    the check of C's layout needs clang-format 14, and here is Some clang-format version 19.1.7: left out
0 failed, 1 skipped" "$formed" "$scratch/form" 19.1.7 0.9.0 25
check "one whose number begins alike is another one" gives "shell scripts
    the check of C's layout needs clang-format 14, and here is Some clang-format version 140.0.0: left out
0 failed, 1 skipped" "$formed" "$scratch/form" 140.0.0 0.9.0 25
check "a later shellcheck fails nothing" gives "    the check of the shell scripts needs shellcheck 0.9, and here is 0.11.0: left out
$form_of_c
0 failed, 1 skipped" "$formed" "$scratch/form" 14.0.6 0.11.0 25
check "a later JDK fails nothing" gives "shell scripts
$form_of_c
    Error Prone and the check of Java's layout need JDK 25, and here is JDK 27: left out
0 failed, 1 skipped" "$formed" "$scratch/form" 14.0.6 0.9.0 27
check "where the form is required, what can't be checked is a failure" gives "    the check of the shell scripts needs shellcheck 0.9, and here is 0.11.0: failed, as KTSN_FORM is 'required'
    the check of C's layout needs clang-format 14, and here is Some clang-format version 19.1.7: failed, as KTSN_FORM is 'required'
    Error Prone and the check of Java's layout need JDK 25, and here is JDK 28: failed, as KTSN_FORM is 'required'
3 failed, 0 skipped" "$formed" "$scratch/form" 19.1.7 0.11.0 28 required
printf '#!/bin/sh\necho "Version: ${known##* }.0-1"\n' >"$scratch/form/apt-cache"
chmod 755 "$scratch/form/apt-cache"
# form_packages FOLDER "PACKAGE... RELEASE": the packages that there are, and the release of shellcheck.
form_packages='
    . "$KTSN_ROOT/distribution/lib/form.sh"
    export PATH=$1:$PATH known=$2
    id() { echo 0; }
    clang_format() { return 1; }
    command() { return 1; }
    say() { :; }
    knows_package() { case " $known " in *" $1 "*) ;; *) return 1 ;; esac; }
    install_packages() { echo "install $1"; }
    install_form_tools'
check "those releases are installed where the packages have them" gives "install clang-format-14 shellcheck" \
    "$form_packages" "$scratch/form" "clang-format-14 shellcheck 0.9"
check "others are not installed" gives "" "$form_packages" "$scratch/form" "clang-format clang-format-19 shellcheck 0.10"

# ---- programs that LibKTSN can't be preloaded into ----

# reasoned PATTERN FILE: what is said of a program, or nothing where the pattern is empty.
reasoned() {
    reasoned_got=$(KTSN_ROOT=$root sh -euc '. "$KTSN_ROOT/distribution/lib/program.sh"; why_not_preloaded "$1" "$2"' \
        sh /bin/cat "$2") || return 1
    # shellcheck disable=SC2254 # a pattern
    case $reasoned_got in
    $1) ;;
    *)
        echo "'$reasoned_got' is not '$1'"
        return 1
        ;;
    esac
}
mkdir "$scratch/programs"
programs=$scratch/programs
echo 'int main(void) { return 0; }' >"$programs/main.c"
for program in "plain" "static -static" "foreign -Wl,--dynamic-linker=/lib/ld-uClibc.so.0" \
    "musl -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1"; do
    # shellcheck disable=SC2086 # a name and options
    set -- $program
    name=$1
    shift
    cc -o "$programs/$name" "$@" "$programs/main.c"
done
{ cat "$programs/plain" && printf '\377 Go buildinf:\010\002'; } >"$programs/go"
{ cat "$programs/plain" && echo liburing.so.2; } >"$programs/ring"
{ head -c 18 "$programs/plain" && printf '\001\377' && tail -c +21 "$programs/plain"; } >"$programs/other"
cp "$programs/plain" "$programs/setuid"
printf '#! %s\n' "$programs/static" >"$programs/script"
printf '#!/usr/bin/env %s\n' "$programs/static" >"$programs/env"
printf '#! %s\n' "$programs/loop" >"$programs/loop"
chmod 755 "$programs"/*
chown nobody "$programs/setuid" && chmod u+s "$programs/setuid"
check "nothing is said of an ordinary program" reasoned '' "$programs/plain"
check "nor of one for musl" reasoned '' "$programs/musl"
check "nor of a command that is not there" reasoned '' "$programs/none"
check "nor of a script that interprets itself" reasoned '' "$programs/loop"
check "nor of an empty file" reasoned '' /dev/null
check "a static program is named" reasoned "*/static is linked statically, *kernel's path*" "$programs/static"
check "so is one behind a script" reasoned "*/static is linked statically, *" "$programs/script"
check "and behind a script that looks its interpreter up" reasoned "*/static is linked statically, *" "$programs/env"
check "a Go program is named" reasoned "*/go is a Go program, *kernel's path." "$programs/go"
check "a program for an unknown C library is named" reasoned "*/foreign is for a C library that LibKTSN does not know (/lib/ld-uClibc.so.0): *" \
    "$programs/foreign"
check "a program for another machine is named" reasoned "*/other is compiled for another machine *" "$programs/other"
check "a program with another user's rights is named" reasoned "*/setuid takes another user's rights *" "$programs/setuid"
check "a program with io_uring is named" reasoned "*/ring uses io_uring, *" "$programs/ring"

# ---- Maven ----

mkdir -p "$scratch/tools" "$scratch/some home"
printf '#!/bin/sh\necho "$MAVEN_OPTS | $*"\n' >"$scratch/tools/mvn"
chmod 755 "$scratch/tools/mvn"
maven_in() {
    maven_expected=$1
    shift
    maven_got=$(KTSN_ROOT=$root env -u MAVEN_OPTS -u KTSN_MAVEN_REPOSITORY PATH="$scratch/tools:$PATH" "$@" sh -euc '
        . "$KTSN_ROOT/distribution/lib/build.sh"
        maven verify')
    [ "$maven_got" = "$maven_expected" ] || {
        echo "'$maven_got' instead of '$maven_expected'"
        return 1
    }
}
check "Maven takes HOME for the user's home" maven_in "-Duser.home=/empty  | -Dstyle.color=never verify" HOME=/empty
check "Maven keeps the user's options" maven_in "-Duser.home=/empty -Xmx2g | -Dstyle.color=never verify" HOME=/empty MAVEN_OPTS=-Xmx2g
check "Maven is told another repository" maven_in "-Duser.home=/empty  | -Dstyle.color=never -Dmaven.repo.local=/r verify" \
    HOME=/empty KTSN_MAVEN_REPOSITORY=/r
check "Maven is not given a home of two words" maven_in " | -Dstyle.color=never verify" HOME="$scratch/some home"

# ---- containers ----

# Where no package has brought the folder for networks; the mount hides it if one has.
containers_fresh='
    [ ! -d /etc/cni ] || mount -t tmpfs none /etc/cni || exit 1
    before=$(ls -d /etc/cni 2>&1)
    sh "$1/distribution/demo/containers.sh" "$2" /bin/true sh || exit 1
    [ -d /etc/cni/net.d ] || exit 1
    [ "$3" != kept ] || : >/etc/cni/net.d/somebody.conf
    "$2/remove" || exit 1
    [ ! -e "$2" ] || exit 1
    if [ "$3" = kept ]; then
        [ -e /etc/cni/net.d/somebody.conf ]
    else
        [ ! -e /etc/cni/net.d ] && [ "$(ls -d /etc/cni 2>&1)" = "$before" ]
    fi'
check "the system's folder for networks is made for containers, and removed" \
    unshare --mount --propagation private sh -c "$containers_fresh" sh "$root" "$scratch/containers" removed
check "it stays if somebody uses it by then" \
    unshare --mount --propagation private sh -c "$containers_fresh" sh "$root" "$scratch/containers" kept

# ---- Open vSwitch ----

mkdir "$scratch/ovs"
cat >"$scratch/tools/ovs-appctl" <<'TOOL'
#!/bin/sh
echo "  dpif-netdev/pmd-perf-show"
[ "$KNOWS_SLEEP" = no ] || echo "  dpif-netdev/pmd-sleep-show      [dp]"
TOOL
printf '#!/bin/sh\nfor word; do :; done\necho "$word"\n' >"$scratch/tools/ovs-vsctl"
chmod 755 "$scratch"/tools/*
sleep_key() {
    [ "$(KNOWS_SLEEP=$1 PATH="$scratch/tools:$PATH" sh -euc '. "$1/distribution/lib/ovs.sh"; _ovs_let_sleep "$2" 50' sh "$root" "$scratch/ovs")" = "$2" ]
}
check "a switch that knows pmd-sleep-max is told that" sleep_key yes other_config:pmd-sleep-max=50
check "an older one is told pmd-maxsleep" sleep_key no other_config:pmd-maxsleep=50

exit "$failed"
