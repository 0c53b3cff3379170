package org.ktsn.cli.bench;

import org.ktsn.cli.testbed.PrivateBroker;
import org.ktsn.cli.testbed.Testbed;
import org.ktsn.mqtt.session.Credentials;
import org.ktsn.mqtt.session.TlsFiles;

/** A benchmark's broker that can be killed, and a controller at it. */
public final class BenchBroker implements AutoCloseable {
  private final BenchController controller;
  private PrivateBroker broker;

  /** Starts the broker, connects to it, and tells the daemon of it. */
  public BenchBroker(Testbed testbed) {
    broker = new PrivateBroker(testbed.work(), testbed.cleanup());
    controller =
        new BenchController(
            testbed, new BrokerAccess(broker.url(), Credentials.NONE, TlsFiles.NONE, ""));
  }

  /** Returns who publishes there. */
  public BenchController controller() {
    return controller;
  }

  /** Kills the broker, as a crash would. */
  public void kill() {
    broker.close();
    BenchController.pause();
  }

  /** Starts the broker again, where it was. */
  public void restart() {
    broker = broker.again();
  }

  @Override
  public void close() {
    controller.close();
    broker.close();
  }
}
