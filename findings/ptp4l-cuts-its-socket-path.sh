#!/bin/sh
# linuxptp 3.1.1 (Debian 12): ptp4l's option uds_address
# Guess:     a path that is longer than a Unix socket's address (107 octets) is refused with an error.
# Behaviour: it is cut after 107 octets without a word. ptp4l runs, and its socket is another file than
#            the one that was configured.
# Matters:   a monitor that is given the same configuration never reaches it, and nothing says why.
# Needs root: it runs ptp4l on a pair of interfaces in a network namespace of its own.
set -eu
export LC_ALL=C
work=$(mktemp -d)
clock=
trap '[ -z "$clock" ] || kill "$clock" 2>/dev/null || :; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download linuxptp=3.1.1-4+b2 >/dev/null
dpkg -x linuxptp_*.deb .

path=$work/$(printf '%0120d' 0 | cut -c1-$((120 - ${#work} - 1)))
cat >ptp4l.conf <<TEXT
[global]
uds_address $path
free_running 1
TEXT
# shellcheck disable=SC2016 # the inner shell expands it
unshare -n sh -c 'ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up &&
    exec "$0"/usr/sbin/ptp4l -f "$0"/ptp4l.conf -i v0 -S -m' "$work" >log 2>&1 &
clock=$!
turn=0
while [ $turn -lt 100 ] && [ -z "$(find "$work" -type s)" ]; do
    turn=$((turn + 1))
    sleep 0.1
done
cat log
made=$(find "$work" -type s)
echo "configured ${#path} octets, made ${#made}"
grep -qiE 'too long|invalid|cannot|error' log && said=yes || said=no
if ! [ ${#path} -eq 120 ] || ! [ ${#made} -eq 107 ] || ! [ "$said" = no ]; then
    echo "no longer so: expected a socket of 107 octets for a configured path of 120, and no message"
    exit 1
fi
