# shellcheck shell=sh
# The short inner loop: build one bundle, put it into the running daemon.

redeploy() {
    rd_bundle=${1-}
    [ -n "$rd_bundle" ] || misused "redeploy needs a bundle: ./ktsn redeploy BUNDLE, for instance org.ktsn.shaper.tas"
    rd_bundle=${rd_bundle%/}
    rd_bundle=${rd_bundle##*/}
    case $rd_bundle in
    org.ktsn.*) ;;
    *) rd_bundle=org.ktsn.$rd_bundle ;;
    esac
    [ -f "$KTSN_ROOT/bundles/$rd_bundle/pom.xml" ] ||
        die "there is no bundle '$1'; these are here: $(cd "$KTSN_ROOT/bundles" && echo org.ktsn.*)"
    find_jdk
    need_ktsnd
    rd_log=$(work_file log/redeploy.log)
    maven -q -B -ntp -pl "bundles/$rd_bundle" -Dmaven.test.skip=true -Dspotless.check.skip=true install >"$rd_log" 2>&1 || {
        show_tail "$rd_log" 40
        die "$rd_bundle does not build; the daemon keeps the one that it has."
    }
    rd_built=$KTSN_ROOT/bundles/$rd_bundle/target/$rd_bundle-$KTSN_VERSION.jar
    rd_deployed=$(find "$KTSN_HOME/bundles" -name "$rd_bundle-$KTSN_VERSION.jar" | head -n 1)
    [ -n "$rd_deployed" ] || die "$rd_bundle is not part of the distribution; add it to a feature in features/ first."
    cp "$rd_built" "$rd_deployed.new"
    mv -f "$rd_deployed.new" "$rd_deployed"
    case $rd_bundle in
    org.ktsn.api | org.ktsn.runtime | org.ktsn.config | org.ktsn.foreign | org.ktsn.mqtt | org.ktsn.shell | org.ktsn.yang)
        # What all others stand on, and what carries the command: KTSNd takes them up at a restart.
        say "restarting KTSNd: $rd_bundle can't be replaced under the others; pods stay"
        node_restart
        ;;
    *)
        cli shell "felix:update $rd_bundle file:$rd_deployed" ||
            die "KTSNd did not take $rd_bundle; its log is $KTSN_RUN/ktsnd.log."
        ;;
    esac
    say "$rd_bundle runs"
}
