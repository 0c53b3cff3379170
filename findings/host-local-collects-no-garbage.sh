#!/bin/sh
# CNI plugins 1.9.1 (Debian sid): host-local and the command GC of CNI 1.1
# Guess:     GC gives back the addresses of all attachments that are not among cni.dev/valid-attachments
#            (specification 1.1, section 2), for instance those of containers that nobody has told DEL of.
# Behaviour: host-local says that it knows version 1.1.0, takes the command, ends with 0, and frees nothing:
#            a network whose only other address is leaked has none for the next container.
# Matters:   who relies on GC after a crash of the runtime runs out of addresses; a plugin above host-local has
#            to keep book and tell it DEL for each attachment that is gone.
# Needs root: the containers' network namespaces are of their own.
set -eu
export LC_ALL=C
work=$(mktemp -d)
container=
trap '[ -z "$container" ] || kill "$container" 2>/dev/null || :; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"
/usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file \
    http://deb.debian.org/debian/pool/main/g/golang-github-containernetworking-plugins/containernetworking-plugins_1.9.1+ds1-1_amd64.deb \
    plugins.deb SHA256:12857dd3136d61e00bffcc2c8823d14df586e94406098326e02846cfa46a058e >/dev/null
dpkg -x plugins.deb .

unshare -n sleep 60 &
container=$!
# A subnet with two addresses, of which the gateway has one.
cat >network <<TEXT
{"cniVersion": "1.1.0", "name": "net", "type": "bridge",
 "ipam": {"type": "host-local", "dataDir": "$work/data", "subnet": "192.0.2.0/30"},
 "cni.dev/valid-attachments": []}
TEXT
# host_local COMMAND CONTAINER: its exit code, and what it printed on one line.
host_local() {
    code=0
    CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_IFNAME=eth0 CNI_NETNS=/proc/$container/ns/net CNI_PATH=$work \
        usr/lib/cni/host-local <network >output || code=$?
    echo "$1 $2: $code $(tr -s ' \n\t' ' ' <output)"
}
addresses() { find data -name '192.0.2.*' | wc -l; }
{
    host_local VERSION any | grep -o '"1.1.0"' | tail -1
    host_local ADD first | cut -d ' ' -f 1-3
    echo "addresses given: $(addresses)"
    host_local GC any
    echo "addresses given after GC without any valid attachment: $(addresses)"
    host_local ADD second | grep -o '^ADD second: 1\|no IP addresses available'
    host_local DEL first
    echo "addresses given after DEL: $(addresses)"
} >seen
cat seen
cat >expected <<'TEXT'
"1.1.0"
ADD first: 0
addresses given: 1
GC any: 0 
addresses given after GC without any valid attachment: 1
ADD second: 1
no IP addresses available
DEL first: 0 
addresses given after DEL: 0
TEXT
cmp -s seen expected || {
    echo "no longer so: expected"
    cat expected
    exit 1
}
