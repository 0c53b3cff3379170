package org.ktsn.port.dpdk;

import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.port.PortStatus;
import org.ktsn.foreign.NativePort;

/**
 * An open device.
 *
 * @param name the port's name
 * @param device DPDK's name of the device
 * @param model the link behind it
 * @param dpdk the device itself
 */
record OpenPort(String name, String device, PortModel model, NativePort dpdk) implements Port {
  @Override
  public long handle() {
    return dpdk.address();
  }

  /** One thread at a time: with a look at the link DPDK takes up a peer that is back. */
  @Override
  public synchronized PortStatus status() {
    NativePort.Status status = dpdk.status();
    return new PortStatus(
        device, status.linkUp(), status.sentFrames(), status.sentOctets(), status.failedFrames());
  }
}
