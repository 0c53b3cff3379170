package org.ktsn.cli.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.mqtt.protocol.NodeFacts;
import org.ktsn.mqtt.protocol.PortSettings;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Broker;
import org.ktsn.mqtt.session.Credentials;
import org.ktsn.mqtt.session.SessionSettings;
import org.ktsn.mqtt.session.TlsFiles;
import org.ktsn.schedule.YangScheduleCodec;
import org.ktsn.schedule.mqtt.node.NodeAgent;
import org.ktsn.schedule.mqtt.node.NodeSettings;
import org.ktsn.testkit.MemoryStore;

/** The real node's MQTT side on a port that has a schedule but no frames. */
public final class SimulatedNode implements AutoCloseable {
  public static final String NETWORK = "lab";

  private final FramelessPort port = new FramelessPort();
  private final List<PortSettings> settings = new CopyOnWriteArrayList<>();
  private final NodeAgent agent;

  public SimulatedNode(String name, String broker) {
    Topics topics = new Topics(Topics.DEFAULT_PREFIX, NETWORK, name);
    SessionSettings session =
        new SessionSettings(
            List.of(Broker.parse(broker)),
            name,
            Credentials.NONE,
            TlsFiles.NONE,
            5,
            5,
            60,
            20,
            200,
            1 << 20,
            100,
            Optional.empty(),
            0);
    agent =
        new NodeAgent(
            new NodeSettings(topics, session, 100_000, List.of(), 0, 0),
            new NodeAgent.Parts(
                port,
                new YangScheduleCodec(),
                settings::add,
                new MemoryStore(),
                SimulatedNode::nowNs,
                Optional::empty,
                List::of,
                () ->
                    new NodeFacts(
                        8,
                        Optional.of(new TreeSet<>(List.of("cbs", "tas"))),
                        OptionalLong.of(1_000_000_000))));
    agent.start();
  }

  /** The time of this machine, near enough to TAI. */
  public static long nowNs() {
    return (System.currentTimeMillis() + 37_000) * 1_000_000;
  }

  public boolean isConnected() {
    return agent.session().isConnected();
  }

  public int changes() {
    return port.changes.size();
  }

  public List<PortSettings> settings() {
    return settings;
  }

  @Override
  public void close() {
    agent.close();
  }

  private static final class FramelessPort implements PortSchedule {
    private final List<GateParameters> changes = new ArrayList<>();
    private GateSchedule schedule = GateSchedule.open();

    @Override
    public int trafficClasses() {
      return 8;
    }

    @Override
    public synchronized GateSchedule current() {
      return schedule.at(nowNs());
    }

    @Override
    public synchronized GateSchedule change(GateParameters parameters) {
      changes.add(parameters);
      schedule = schedule.change(parameters, nowNs());
      return schedule;
    }
  }
}
