# shellcheck shell=sh
# Everything that CI runs. Each step runs even if one before it failed; the last line sums up.

TEST_PASSED=0
TEST_FAILED=0
TEST_SKIPPED=0

test_all() {
    ta_begin=$(date +%s)
    ensure_jdk
    ensure_packages build run test
    KTSN_WERROR=-Werror # build.sh reads it
    export KTSN_WERROR
    for ta_run in /run/*/instance; do
        ! is_private_switch_running "${ta_run%/instance}" ||
            die "instance $(cat "$ta_run") is up, and the tests start an Open vSwitch of their own, of which a host can have one only;" \
                "end it first: KTSN_INSTANCE=$(cat "$ta_run") ./ktsn down"
    done
    exec 8>"$(work_file build.lock)"
    flock 8
    build_native
    exec 8>&-
    check_form
    for ta_part in native shim cni distribution/demo; do
        [ -f "$KTSN_ROOT/$ta_part/Makefile" ] || continue
        test_step "C tests ($ta_part)" make -s -C "$KTSN_ROOT/$ta_part" test
    done
    test_java
    test_step "parts of the front door" sh "$KTSN_ROOT/distribution/lib/selftest-parts.sh" "$KTSN_ROOT"
    test_step "front door" sh "$KTSN_ROOT/distribution/lib/selftest.sh" "$KTSN_ROOT"

    ta_skipped=
    [ "$TEST_SKIPPED" -eq 0 ] || ta_skipped=", $TEST_SKIPPED skipped"
    note "$(($(date +%s) - ta_begin)) s; the logs are in $KTSN_WORK/log"
    echo "$TEST_PASSED passed, $TEST_FAILED failed$ta_skipped"
    [ "$TEST_FAILED" -eq 0 ]
}

# test_step NAME COMMAND...: a step counts the lines "ok ..." and "not ok ..." that it prints; one
# that prints none counts as one test.
test_step() {
    ts_name=$1
    shift
    say "$ts_name"
    ts_log=$(work_file "log/test-$(printf '%s' "$ts_name" | tr -c 'a-zA-Z0-9' -).log")
    ts_status=0
    run_logged "$ts_log" '^not ok |^FAIL' "$@" || ts_status=$?
    ts_ok=$(grep -c '^ok ' "$ts_log") || :
    ts_not_ok=$(grep -c '^not ok ' "$ts_log") || :
    if [ $((ts_ok + ts_not_ok)) -eq 0 ] && [ "$ts_status" -eq 0 ]; then
        ts_ok=1
    fi
    if [ "$ts_status" -ne 0 ]; then
        [ "$ts_not_ok" -gt 0 ] || ts_not_ok=1
        show_tail "$ts_log" 40
        note "$ts_name failed"
    fi
    TEST_PASSED=$((TEST_PASSED + ts_ok))
    TEST_FAILED=$((TEST_FAILED + ts_not_ok))
}

test_java() {
    say "Java (build, static checks, layout, tests)"
    tj_start=$KTSN_WORK/test.start
    : >"$tj_start"
    tj_log=$(work_file log/test-java.log)
    tj_status=0
    run_logged "$tj_log" '^\[INFO\] Building KTSN|Tests run:.* Time elapsed|^\[ERROR\]|^\[WARNING\].*Tests' \
        maven_with_tests || tj_status=$?
    tj_sum=$(sum_reports "$tj_start")
    if [ "$tj_status" -eq 0 ]; then
        mv "$tj_start" "$KTSN_WORK/java.stamp"
    else
        rm -f "$tj_start"
    fi
    # shellcheck disable=SC2086 # three numbers
    set -- $tj_sum
    tj_failed=$2
    # Maven goes on after failed tests and does not count them, so that no module is left out.
    if [ "$tj_status" -ne 0 ]; then
        tj_failed=$((tj_failed + 1))
        note "the Java build failed, not its tests; the whole log is $tj_log"
    fi
    TEST_PASSED=$((TEST_PASSED + $1))
    TEST_FAILED=$((TEST_FAILED + tj_failed))
    TEST_SKIPPED=$((TEST_SKIPPED + $3))
}

# maven_with_tests: most modules' tests wait more than they compute, so two modules at a time. Then the launcher,
# whose tests look at all bundles, and, on what Maven has put together by then, the system tests, alone.
maven_with_tests() (
    KTSN_JAVA_IS_BUILT=yes
    export KTSN_JAVA_IS_BUILT
    mw_last=distribution/org.ktsn.launcher,distribution/assembly,itests
    mw_status=0
    maven -B -ntp -T 2 -fae -Dmaven.test.failure.ignore=true -pl "!$(echo "$mw_last" | sed 's/,/,!/g')" install || mw_status=$?
    maven -B -ntp -fae -Dmaven.test.failure.ignore=true -pl "$mw_last" install || mw_status=$?
    return "$mw_status"
)

# sum_reports STAMP: "PASSED FAILED SKIPPED" over the test reports that are newer than STAMP. It counts
# the cases: the sums in a report leave some out where two test engines share a class.
sum_reports() {
    find "$KTSN_ROOT/bundles" "$KTSN_ROOT/distribution" "$KTSN_ROOT/itests" -newer "$1" \
        \( -path '*/target/surefire-reports/TEST-*.xml' -o -path '*/target/failsafe-reports/TEST-*.xml' \) \
        -exec cat {} + |
        awk '
            /^  <testcase / { all++ }
            /^    <(failure|error)[ >\/]/ { failed++ }
            /^    <skipped[ >\/]/ { skipped++ }
            END { print all - failed - skipped + 0, failed + 0, skipped + 0 }'
}
