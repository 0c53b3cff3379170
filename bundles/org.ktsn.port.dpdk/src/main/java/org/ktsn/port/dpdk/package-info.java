/** The port: one DPDK device, by default the virtio-user end of Open vSwitch's vhost-user port. */
package org.ktsn.port.dpdk;
