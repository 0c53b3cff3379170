# shellcheck shell=sh
# What the exported packages offer, written down for the test that holds the next change against it.

api_baseline_renew() {
    build_all
    say "renewing the baselines of the exported packages (bundles/*/baseline)"
    br_log=$(work_file log/api-baseline.log)
    maven -q -B -ntp -pl distribution/org.ktsn.launcher -Dspotless.check.skip=true \
        -Dtest=ApiBaselineTest -Dktsn.baseline=renew test >"$br_log" 2>&1 || {
        grep -E '^\[ERROR\] .*package ' "$br_log" >&2 || show_tail "$br_log" 40
        die "not all baselines are renewed; the whole log is $br_log."
    }
    say "all are renewed; 'git status bundles' shows which have changed"
}
