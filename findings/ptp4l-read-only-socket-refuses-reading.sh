#!/bin/sh
# linuxptp 4.2 (Debian 13): ptp4l's read-only management socket, uds_ro_address
# Guess:     it answers every GET, and refuses what changes something (SET, COMMAND).
# Behaviour: GETs of PORT_PROPERTIES_NP and PORT_HWCLOCK_NP are refused there, though no other socket than
#            uds_address answers them and nothing can be changed by them; the other GETs are answered.
# Matters:   a monitor that may read only can't learn a port's interface, time stamping or hardware clock.
# Needs root: it runs ptp4l on a pair of interfaces in a network namespace of its own.
set -eu
export LC_ALL=C
work=$(mktemp -d)
clock=
trap '[ -z "$clock" ] || kill "$clock" 2>/dev/null || :; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"
# shellcheck disable=SC2016 # apt expands it
mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep '/debian/$' | head -1) # the machine's own
/usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file \
    "${mirror}pool/main/l/linuxptp/linuxptp_4.2-1_amd64.deb" linuxptp.deb \
    SHA256:7add3ecb17a2c63534b8ea14bb31479ad90f1e24dad0ec49c2d4036ae6b0c4fa >/dev/null
dpkg -x linuxptp.deb .

cat >ptp4l.conf <<TEXT
[global]
free_running 1
uds_address $work/all
uds_ro_address $work/read
TEXT
# shellcheck disable=SC2016 # the inner shell expands it
unshare -n sh -c 'ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up &&
    exec "$0"/usr/sbin/ptp4l -f "$0"/ptp4l.conf -i v0 -S -m' "$work" >log 2>&1 &
clock=$!
turn=0
while [ $turn -lt 100 ] && ! { [ -S all ] && [ -S read ]; }; do
    turn=$((turn + 1))
    sleep 0.1
done

for socket in all read; do
    for id in PORT_DATA_SET TIME_STATUS_NP PORT_STATS_NP PORT_PROPERTIES_NP PORT_HWCLOCK_NP; do
        usr/sbin/pmc -u -b 0 -s "$work/$socket" -i "$work/pmc" "GET $id" |
            sed -n "s/.* RESPONSE MANAGEMENT_ERROR_STATUS.*/$socket $id refused/p; s/.* RESPONSE MANAGEMENT $id.*/$socket $id answered/p"
    done
done >seen
cat seen
cat >expected <<'TEXT'
all PORT_DATA_SET answered
all TIME_STATUS_NP answered
all PORT_STATS_NP answered
all PORT_PROPERTIES_NP answered
all PORT_HWCLOCK_NP answered
read PORT_DATA_SET answered
read TIME_STATUS_NP answered
read PORT_STATS_NP answered
read PORT_PROPERTIES_NP refused
read PORT_HWCLOCK_NP refused
TEXT
cmp -s seen expected || {
    cat log
    echo "no longer so: expected"
    cat expected
    exit 1
}
