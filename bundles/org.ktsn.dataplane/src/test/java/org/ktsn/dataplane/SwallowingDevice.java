package org.ktsn.dataplane;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.ktsn.foreign.NativePort;

/** A DPDK device that swallows frames, open while a test class runs. */
final class SwallowingDevice implements BeforeAllCallback, AfterAllCallback {
  private NativePort port;

  @Override
  public void beforeAll(ExtensionContext context) {
    port = RunningPlanner.openDevice();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    port.close();
  }

  NativePort port() {
    return port;
  }
}
