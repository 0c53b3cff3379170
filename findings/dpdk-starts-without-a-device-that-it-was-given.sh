#!/bin/sh
# DPDK 22.11 (Debian 12): --vdev on EAL's command line
# Guess:     rte_eal_init fails if a virtual device that it was told to make can't be made.
# Behaviour: the scan of the bus logs the driver's error, rte_eal_init succeeds, and the program runs with
#            one port less than it asked for.
# Matters:   after rte_eal_init one has to ask for each port by its name.
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"
[ "$(pkg-config --modversion libdpdk)" = 22.11.11 ] || {
    echo "this is about DPDK 22.11.11, installed is $(pkg-config --modversion libdpdk); install libdpdk-dev of Debian 12"
    exit 1
}
cat >show.c <<'C'
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <stdio.h>

int main(int argc, char **argv) {
    int parsed = rte_eal_init(argc, argv);
    printf("rte_eal_init %s, ports %u\n", parsed < 0 ? "failed" : "succeeded", rte_eth_dev_count_avail());
    return 0;
}
C
# shellcheck disable=SC2046 # a list of options
cc show.c -o show $(pkg-config --cflags --libs libdpdk)
# A device without the one argument that it can't do without, and one that is complete.
./show --no-pci --no-huge --no-shconf --no-telemetry -m 64 --lcores '0@0' --file-prefix finding$$ \
    --vdev net_pcap0,rx_pcap=/nonexistent/file.pcap --vdev net_null0 >out 2>err
cat err out
grep -q '^rte_eal_init succeeded, ports 1$' out || {
    echo "no longer so: expected that rte_eal_init succeeds with one port of two"
    exit 1
}
