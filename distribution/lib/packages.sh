# shellcheck shell=sh
# Installs what is missing from Debian's packages, and nothing else.

# The table: package, probe, what it is for. A probe is a command, a file, or pkg-config's name of
# a library: whatever provides it will do, so a Maven under /opt is as good as Debian's.
packages_to_build() {
    cat <<'TABLE'
maven                   command:mvn             builds the bundles
gcc                     command:gcc             compiles the launcher and LibKTSN
libc6-dev               file:/usr/include/stdio.h  the C library's headers
make                    command:make            builds the C parts
pkg-config              command:pkg-config      finds DPDK
libdpdk-dev             library:libdpdk         DPDK's headers and drivers
TABLE
}

packages_to_run() {
    cat <<'TABLE'
openvswitch-switch-dpdk file:/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk  the switch
iproute2                command:ip              makes the pods' namespaces and interfaces
TABLE
}

# For 'demo --mqtt', 'bench outages', 'bench overlay', 'demo --ptp', 'demo --runtime' and 'bench cni'.
packages_to_mqtt() {
    cat <<'TABLE'
mosquitto               file:/usr/sbin/mosquitto  the MQTT broker of the demo and the tests
openssl                 command:openssl         makes certificates for it
TABLE
}

packages_to_ptp() {
    cat <<'TABLE'
linuxptp                file:/usr/sbin/ptp4l    ptp4l and pmc, which the PTP monitor is shown and tested with
TABLE
}

packages_to_overlay() {
    cat <<'TABLE'
ethtool                 command:ethtool         shows and sets interfaces' features, for two hosts on one machine
TABLE
}

packages_to_cni() {
    cat <<'TABLE'
containernetworking-plugins file:/usr/lib/cni/host-local  the reference CNI plugins, beside which tsn-cni works
TABLE
}

packages_to_containerd() {
    packages_to_cni
    cat <<'TABLE'
containerd              command:ctr             a container runtime, with which the demo and the tests run tsn-cni
runc                    command:runc            runs containerd's and Podman's containers
TABLE
}

packages_to_podman() {
    packages_to_cni
    cat <<'TABLE'
podman                  command:podman          a container runtime, with which the demo and the tests run tsn-cni
runc                    command:runc            runs containerd's and Podman's containers
TABLE
}

packages_to_test() {
    packages_to_mqtt
    packages_to_ptp
    packages_to_containerd
    packages_to_podman
    packages_to_overlay
    cat <<'TABLE'
mosquitto-clients       command:mosquitto_pub   simple MQTT clients, for the tests
python3                 file:/usr/bin/python3   an asyncio program, for the tests
qemu-system-x86         command:qemu-system-x86_64  emulates a machine with a kernel of the distribution, which the tests compare with
tshark                  command:tshark          takes tunnelled frames apart, as others do
tcpdump                 command:tcpdump         captures the kernel's frames for comparison
isochron                command:isochron        a sender and a receiver of time-sensitive frames, for the tests
iperf3                  command:iperf3          a measuring program that knows nothing of launch times, for the tests
strace                  command:strace          traces a program with LibKTSN, for the tests
valgrind                command:valgrind        emulates a program with LibKTSN, for the tests
debian-archive-keyring  file:/usr/share/keyrings/debian-archive-keyring.gpg  proves the packages of other releases' C libraries, for the tests
TABLE
}

probe() {
    case $1 in
    command:*) command -v "${1#*:}" >/dev/null 2>&1 ;;
    file:*) [ -e "${1#*:}" ] ;;
    library:*) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1#*:}" ;;
    esac
}

# ensure_packages TABLE...: TABLE is build, run, mqtt, ptp, cni, containerd, podman, overlay or test.
ensure_packages() {
    ep_missing=
    ep_why=
    for ep_table; do
        while read -r ep_package ep_probe ep_use; do
            probe "$ep_probe" && continue
            ep_missing="$ep_missing $ep_package"
            ep_why="$ep_why${ep_why:+, }$ep_package ($ep_use)"
        done <<TABLE
$("packages_to_$ep_table")
TABLE
    done
    ep_missing=${ep_missing# }
    [ -n "$ep_missing" ] || return 0

    command -v apt-get >/dev/null 2>&1 ||
        die "missing: $ep_why. There is no apt-get here: install them with this system's package manager."
    [ "$(id -u)" -eq 0 ] ||
        die "missing: $ep_why. Run this once as root, or: sudo apt-get install $ep_missing"

    say "installing packages: $ep_why"
    install_packages "$ep_missing"
    for ep_table; do
        while read -r ep_package ep_probe ep_use; do
            probe "$ep_probe" ||
                die "package $ep_package is installed, but ${ep_probe#*:} is not there; it is needed: $ep_use."
        done <<TABLE
$("packages_to_$ep_table")
TABLE
    done
}

# knows_package NAME: the distribution has it, as far as the lists tell, which are fetched if there are none.
knows_package() {
    command -v apt-cache >/dev/null 2>&1 || return 1
    apt-cache show "$1" >/dev/null 2>&1 && return 0
    [ "$(id -u)" -eq 0 ] && [ -z "$(apt-cache dumpavail | head -c 1)" ] || return 1
    apt-get update -q >/dev/null 2>&1 || return 1
    apt-cache show "$1" >/dev/null 2>&1
}

# Debian starts a package's services when it installs them. KTSN runs its own switch and wants none
# of them, so a policy forbids it for the time being, unless the machine has a policy already.
install_packages() {
    ip_policy=/usr/sbin/policy-rc.d
    ip_our_policy=no
    if ! [ -e "$ip_policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$ip_policy"
        chmod 755 "$ip_policy"
        ip_our_policy=yes
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        trap 'rm -f /usr/sbin/policy-rc.d; exit 130' INT
        trap 'rm -f /usr/sbin/policy-rc.d; exit 143' TERM
        trap 'rm -f /usr/sbin/policy-rc.d; exit 141' PIPE
    fi
    ip_log=$KTSN_WORK/log/packages.log
    # shellcheck disable=SC2086 # a list of names
    run_logged "$ip_log" '^Setting up|^E:' apt_install $1 || {
        show_tail "$ip_log"
        die "apt-get could not install: $1; the messages are above."
    }
    if [ "$ip_our_policy" = yes ]; then
        rm -f "$ip_policy"
        trap - EXIT INT TERM PIPE
    fi
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    apt-get install -y -q --no-install-recommends "$@" ||
        {
            echo "trying again with fresh package lists"
            apt-get update -q && apt-get install -y -q --no-install-recommends "$@"
        }
}

# unpack_packages FOLDER NAME...: fetches packages and takes each apart in FOLDER/NAME; nothing is installed.
unpack_packages() {
    say "fetching packages to be unpacked, not installed: $(shift && echo "$@")"
    up_log=$(work_file log/unpacked.log)
    run_logged "$up_log" '^E:' download_and_unpack "$@" || {
        show_tail "$up_log"
        die "apt-get could not fetch these packages; the messages are above."
    }
}

download_and_unpack() {
    for dau_try in present fresh; do
        [ "$dau_try" = present ] || apt-get update -q || return
        dau_status=0
        # 'set -e' does not count in a condition.
        (download_and_unpack_once "$@") || dau_status=$?
        [ "$dau_status" -ne 0 ] || return 0
    done
    return "$dau_status"
}

download_and_unpack_once() {
    dauo_folder=$1
    shift
    dauo_work=$(mktemp -d) || return
    trap 'rm -rf "$dauo_work"' EXIT
    for dauo_package; do
        dauo_name=$(with_files "$dauo_package")
        (cd "$dauo_work" && apt-get download -q "$dauo_name") &&
            rm -rf "${dauo_folder:?}/$dauo_package" &&
            mkdir -p "$dauo_folder/$dauo_package" &&
            dpkg -x "$dauo_work/$dauo_name"_*.deb "$dauo_folder/$dauo_package" || return
    done
}

# with_files NAME: the kernel's package of today, for linux-image-amd64, which has no files of its own.
with_files() {
    wf_depends=$(apt-cache depends "$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
    echo "${wf_depends:-$1}"
}
