package org.ktsn.port.dpdk;

import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.port.PortStatus;
import org.ktsn.foreign.DpdkPort;

/**
 * An open device.
 *
 * @param name the port's name
 * @param device DPDK's name of the device
 * @param model the link behind it
 * @param dpdk the device itself
 */
record OpenPort(String name, String device, PortModel model, DpdkPort dpdk) implements Port {
  @Override
  public long handle() {
    return dpdk.address();
  }

  /** One thread at a time: with a look at the link DPDK takes up a peer that is back. */
  @Override
  public synchronized PortStatus status() {
    long[] status = dpdk.status();
    return new PortStatus(device, status[3] != 0, status[0], status[1], status[2]);
  }
}
