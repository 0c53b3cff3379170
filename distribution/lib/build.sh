# shellcheck shell=sh
# Builds what is stale: C with make, which sees that by itself; Java with Maven, which starts only
# if a source is newer than the last build.

# build_all: everything that a node needs; nothing if it is to run another tree's distribution.
build_all() {
    ensure_jdk
    if [ -n "${KTSN_DISTRIBUTION-}" ]; then
        [ -x "$KTSN_HOME/bin/ktsnd" ] ||
            die "KTSN_DISTRIBUTION is '$KTSN_DISTRIBUTION', and there is no bin/ktsnd in it; give the absolute path of an unpacked distribution."
        return 0
    fi
    ensure_packages build
    exec 8>"$(work_file build.lock)"
    flock 8
    build_native
    build_java
    refresh_libraries
    exec 8>&-
}

# build_native: all that is C.
build_native() {
    build_native_part native "the launcher"
    build_native_part shim "LibKTSN"
    build_native_part cni "the CNI plugin"
    if [ -f "$KTSN_ROOT/distribution/demo/Makefile" ]; then
        build_native_part distribution/demo "the demo's programs"
    fi
}

# work_file NAME: the path of a file of the front door's own, its directory made.
work_file() {
    mkdir -p "$KTSN_WORK/log"
    echo "$KTSN_WORK/$1"
}

# build_native_part FOLDER NAME
build_native_part() {
    make -q -C "$KTSN_ROOT/$1" all >/dev/null 2>&1 && return 0
    say "building $2 ($1)"
    bnp_log=$(work_file "log/$(echo "$1" | tr / -).log")
    make -C "$KTSN_ROOT/$1" all "WERROR=${KTSN_WERROR-}" >"$bnp_log" 2>&1 8>&- || {
        show_tail "$bnp_log" 40
        die "$1 does not build; 'make -C $1' shows it all."
    }
}

build_java() {
    [ -z "${KTSN_JAVA_IS_BUILT-}" ] || return 0 # by whoever calls this: the tests
    bj_stamp=$KTSN_WORK/java.stamp
    if [ -x "$KTSN_HOME/bin/ktsnd" ] && [ -f "$bj_stamp" ] && ! is_java_stale "$bj_stamp"; then
        return 0
    fi
    say "building the bundles and the distribution (JDK $JAVA_HOME)"
    # The stamp carries the time of the start: what is edited during the build is stale afterwards.
    : >"$bj_stamp.new"
    bj_log=$(work_file log/java.log)
    run_logged "$bj_log" '^\[INFO\] Building KTSN|^\[ERROR\]' \
        maven -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true install || {
        rm -f "$bj_stamp.new"
        die "the Java parts do not build; the whole log is $bj_log."
    }
    [ -x "$KTSN_HOME/bin/ktsnd" ] ||
        die "the build went through, but $KTSN_HOME/bin/ktsnd is not there; see $bj_log."
    mv "$bj_stamp.new" "$bj_stamp"
}

# maven ARGUMENT...: Maven in the source tree, on JDK 25. Of itself a JVM takes the user's home from the system's
# list of users; here it is HOME, as for everything else.
maven() (
    cd "$KTSN_ROOT" || exit
    case ${HOME-} in
    '' | *[[:space:]]*) ;; # mvn would take the second word for an option of the JVM
    *)
        MAVEN_OPTS="-Duser.home=$HOME ${MAVEN_OPTS-}"
        export MAVEN_OPTS
        ;;
    esac
    [ -z "${KTSN_MAVEN_REPOSITORY-}" ] || set -- "-Dmaven.repo.local=$KTSN_MAVEN_REPOSITORY" "$@"
    exec mvn -Dstyle.color=never "$@" 8>&-
)

# is_java_stale STAMP: a file was changed or, as its folder shows, added or removed since.
is_java_stale() {
    [ -n "$(cd "$KTSN_ROOT" && find pom.xml .mvn bundles features distribution \
        \( -name target -o -name build -o -path distribution/lib -o -path distribution/demo -o -path distribution/kubernetes \) -prune \
        -o \( -type f -o -type d -path '*/src/*' \) -newer "$1" -print -quit)" ]
}

# refresh_libraries: C that was rebuilt after the distribution was put together goes into it.
refresh_libraries() {
    refresh_library native/build/libktsn-native.so native/libktsn-native.so
    refresh_library shim/build/libktsn.so shim/libktsn.so
    refresh_library cni/build/tsn-cni cni/tsn-cni
    refresh_library cni/build/ktsn-preload shim/ktsn-preload
    for rl_program in talker listener nativeloop yardstick cost fuzzer; do
        refresh_library "distribution/demo/build/$rl_program" "demo/$rl_program"
    done
    refresh_library distribution/demo/containers.sh demo/containers.sh
}

# refresh_library SOURCE TARGET: by rename, so that a process that has mapped the old one keeps it.
refresh_library() {
    rl_source=$KTSN_ROOT/$1
    rl_target=$KTSN_HOME/$2
    if ! cmp -s "$rl_source" "$rl_target"; then
        mkdir -p "${rl_target%/*}"
        cp "$rl_source" "$rl_target.new"
        mv -f "$rl_target.new" "$rl_target"
    fi
}
