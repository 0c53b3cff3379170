package org.ktsn.bench;

import org.ktsn.api.port.PacketMemory;
import org.ktsn.api.port.Port;
import org.ktsn.api.port.PortModel;
import org.ktsn.api.port.PortStatus;
import org.ktsn.foreign.NativePort;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * A port that leads nowhere, in the place of the node's: what is measured with it is KTSNd alone.
 * It is there as long as there is a configuration of it.
 */
@Component(
    service = Port.class,
    configurationPid = NullPort.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE,
    property = {"ktsn.port=" + NullPort.NAME, "service.ranking:Integer=1000"})
@Designate(ocd = NullPort.Config.class)
public final class NullPort implements Port {
  static final String PID = "org.ktsn.bench.nullport";
  static final String NAME = "null";

  /** Which link is planned for. */
  @ObjectClassDefinition(name = "KTSN null port, for benchmarks")
  public @interface Config {
    /** Rate. */
    @AttributeDefinition(
        description = "bit/s of the link that schedules are planned for",
        min = "1000",
        max = "1000000000000")
    long rate_bits_per_second() default 10_000_000_000L;
  }

  private final PortModel model;
  private final NativePort port;

  /** Opens it. Packet memory comes first: what is sent goes back there. */
  @Activate
  public NullPort(@Reference PacketMemory memory, Config config) {
    this(config.rate_bits_per_second());
    if (memory.totalFrames() == 0) {
      throw new IllegalStateException("there is no packet memory");
    }
  }

  /** Opens one, for a link of this rate. */
  NullPort(long rateBitsPerSecond) {
    model = new PortModel(rateBitsPerSecond, 0);
    port = NativePort.toNowhere();
  }

  /** Closes it: the data plane has left it by now. */
  @Deactivate
  void close() {
    port.close();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public long handle() {
    return port.address();
  }

  @Override
  public PortModel model() {
    return model;
  }

  @Override
  public PortStatus status() {
    NativePort.Status status = port.status();
    return new PortStatus(
        NAME, status.linkUp(), status.sentFrames(), status.sentOctets(), status.failedFrames());
  }
}
