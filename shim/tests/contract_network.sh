#!/bin/sh
# The network of the program 'contract', in the namespace of whoever runs this: tsn0 with 10.77.0.2 and fd77::2, and
# beyond it neighbours that are known for ever, so that nobody needs to answer.
set -e
ip link set lo up
ip link add tsn0 address 02:00:00:00:00:02 type veth peer name far0
ip link set far0 arp off
ip link set tsn0 up
ip link set far0 up
ip addr add 10.77.0.2/16 broadcast 10.77.255.255 dev tsn0
ip -6 addr add fd77::2/64 dev tsn0 nodad
ip neigh add 10.77.0.3 lladdr 02:00:00:00:00:03 dev tsn0
ip -6 neigh add fd77::3 lladdr 02:00:00:00:00:03 dev tsn0
