package org.ktsn.api.port;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * An open egress port. Registered as a service while it can send; the data plane leaves it before
 * it is closed.
 *
 * <p>The launcher sends through {@link #handle()}, native code to native code; this interface is
 * what the rest may know.
 */
@ConsumerType
public interface Port {
  /** Returns the port's name, unique on the node. */
  String name();

  /**
   * Returns the address of the native port ({@code struct ktsn_port}); valid while the service is
   * registered.
   */
  long handle();

  /** Returns the link model that schedules are planned with. */
  PortModel model();

  /** Returns the present state and the device's own counters. Any thread; not for the data path. */
  PortStatus status();
}
