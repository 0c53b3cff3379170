package org.ktsn.cli.testbed;

import java.net.URI;
import java.nio.file.Path;

/** The demo's broker, for tests in other packages. */
public final class TestBroker implements AutoCloseable {
  private final Cleanup cleanup = Cleanup.atExit();
  private final PrivateBroker broker;

  /** Starts it in a folder. */
  public TestBroker(Path folder) {
    broker = new PrivateBroker(folder, cleanup);
  }

  public String address() {
    return broker.url();
  }

  public int port() {
    return URI.create(broker.url()).getPort();
  }

  @Override
  public void close() {
    cleanup.close();
  }
}
