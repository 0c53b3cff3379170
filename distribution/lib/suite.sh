# shellcheck shell=sh
# The demo and the tests on another release of Debian: in a root of its own that debootstrap makes, from nothing but
# what that release has. The root is kept, so that the next run begins with its packages and Maven's repository.

packages_to_suite() {
    cat <<'TABLE'
debootstrap             command:debootstrap     makes the root of another release, for 'test --suite'
TABLE
}

# suite_test NAME: the whole on release NAME; answers with what its tests answer.
suite_test() {
    ensure_packages suite
    case $1 in
    '' | *[!a-z]*) die "--suite is '$1'; give a release of Debian, as trixie or sid." ;;
    esac
    [ -e "/usr/share/debootstrap/scripts/$1" ] ||
        die "--suite is '$1', which this machine's debootstrap does not know; give a release of Debian, as trixie or sid."
    st_root=$KTSN_WORK/suites/$1
    suite_make "$1"
    suite_copy
    st_status=0
    for st_command in "demo" "test"; do
        say "./ktsn $st_command on $1"
        suite_run ./ktsn "$st_command" || st_status=$?
    done
    say "on $1: $(suite_versions)"
    return "$st_status"
}

# suite_make NAME: the root, unless it is there. One that is not finished has another name.
suite_make() {
    [ ! -d "$st_root" ] || return 0
    say "making a root of $1 with debootstrap; it is kept in $st_root"
    rm -rf --one-file-system "$st_root.new"
    mkdir -p "$st_root.new"
    run_logged "$(work_file "log/suite-$1.log")" '^E:|^W: Failure' debootstrap --variant=minbase "$1" "$st_root.new" || {
        show_tail "$(work_file "log/suite-$1.log")"
        die "debootstrap could not make $1; the messages are above."
    }
    # what this machine trusts beside Debian's certificates, a proxy's for instance, is trusted there
    mkdir -p "$st_root.new/usr/local/share/ca-certificates"
    for sm_certificate in /usr/local/share/ca-certificates/*.crt; do
        [ ! -e "$sm_certificate" ] || cp "$sm_certificate" "$st_root.new/usr/local/share/ca-certificates/"
    done
    mv "$st_root.new" "$st_root"
}

# suite_copy: this tree as it is, without what was built from it.
suite_copy() {
    rm -rf "$st_root/root/ktsn.new"
    mkdir -p "$st_root/root/ktsn.new"
    (cd "$KTSN_ROOT" && tar -c --exclude=./.ktsn --exclude=./.git --exclude=target --exclude=build .) |
        tar -x -C "$st_root/root/ktsn.new" || die "the tree could not be copied into $st_root."
    rm -rf "$st_root/root/ktsn"
    mv "$st_root/root/ktsn.new" "$st_root/root/ktsn"
    # who resolves names here resolves them there
    cp -L /etc/resolv.conf "$st_root/etc/resolv.conf"
}

# suite_run COMMAND...: runs a command in the copy of the tree, with nothing of this system's but its kernel and
# devices. The mounts are its own, and end with it.
suite_run() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount --propagation private sh -c '
        set -e
        root=$1
        shift
        mount --bind "$root" "$root"
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs -o mode=755 tmpfs "$root/run"
        mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
        exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" KTSN_FORM="${KTSN_FORM-}" \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            sh -c '\''cd /root/ktsn && exec "$@"'\'' sh "$@"
    ' sh "$st_root" "$@"
}

# suite_versions: of the software that the tests ran with.
suite_versions() {
    # shellcheck disable=SC2016 # expanded by dpkg-query
    chroot "$st_root" dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' \
        openvswitch-switch-dpdk libdpdk-dev linuxptp mosquitto containerd runc podman containernetworking-plugins \
        'openjdk-*-jdk-headless' maven gcc iproute2 openssl 2>/dev/null |
        sed -n 's/^installed //p' | tr '\n' ';' | sed 's/;$//; s/;/, /g'
}
