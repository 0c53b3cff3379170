#!/bin/sh
# Open vSwitch 3.1.0 (Debian 12), userspace datapath: ovs-appctl fdb/add
# Guess:     a static MAC entry stays until it is removed by fdb/del or the switch ends; its port's
#            VLAN settings don't concern it.
# Behaviour: it survives fdb/flush, and is gone without a word as soon as the `tag` of its port changes,
#            even where the tag is set for a moment and taken back.
# Matters:   whoever pins MACs has to look after them when anybody touches the port's VLAN.
# Needs root: it runs a switch of its own in a network namespace of its own.
set -eu
export LC_ALL=C
if [ "${1-}" != inside ]; then
    work=$(mktemp -d)
    trap 'cat "$work"/run/*.pid 2>/dev/null | xargs -r kill; rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download openvswitch-switch=3.1.0-2+deb12u1 openvswitch-common=3.1.0-2+deb12u1 \
        libunbound8 libevent-2.1-7 >/dev/null &&
        for deb in *.deb; do dpkg -x "$deb" .; done)
    unshare -n "$0" inside "$work"
    exit
fi

work=$2
cd "$work"
mkdir run db
export OVS_RUNDIR="$work/run" OVS_LOGDIR="$work/run" OVS_DBDIR="$work/db" OVS_SYSCONFDIR="$work" PATH="$work/usr/bin:$work/usr/sbin:$PATH"
LD_LIBRARY_PATH=$(echo "$work"/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH
vswitchd=$(find "$work/usr" -type f -name ovs-vswitchd | head -1)
ovsdb-tool create db/conf.db usr/share/openvswitch/vswitch.ovsschema
ovsdb-server db/conf.db --remote=punix:"$work/run/db.sock" --pidfile --detach --no-chdir --log-file >start.log 2>&1 || { cat start.log; exit 1; }
ovs-vsctl --no-wait init
"$vswitchd" unix:"$work/run/db.sock" --pidfile --detach --no-chdir --log-file >/dev/null 2>&1
ip link add p0 type veth peer name q0
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev -- add-port br0 p0

statics() { ovs-appctl fdb/show br0 | grep -c static || :; }
ovs-appctl fdb/add br0 p0 0 02:00:00:00:00:01 >/dev/null
after_add=$(statics)
ovs-appctl fdb/flush br0 >/dev/null
after_flush=$(statics)
ovs-vsctl set port p0 tag=7 -- set port p0 tag=7
ovs-vsctl clear port p0 tag
after_tag=$(statics)
echo "static entries: added $after_add, after fdb/flush $after_flush, after a tag was set and taken back $after_tag"
[ "$after_add $after_flush $after_tag" = "1 1 0" ] || {
    echo "no longer so: expected 1, 1 and 0"
    exit 1
}
