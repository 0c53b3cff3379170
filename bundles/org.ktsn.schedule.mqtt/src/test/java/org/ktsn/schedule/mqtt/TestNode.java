package org.ktsn.schedule.mqtt;

import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.ktsn.api.state.StateStore;
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

/** A node with a port but without a data plane. */
public final class TestNode implements AutoCloseable {
  public static final String NETWORK = "lab";
  public static final int PAYLOAD_LIMIT = 100_000;

  private final FakePort port = new FakePort(FakePort::machineTimeNs);
  private final List<PortSettings> settings = new CopyOnWriteArrayList<>();
  private final NodeAgent agent;

  private TestNode(NodeSettings node, StateStore store) {
    agent =
        new NodeAgent(
            node,
            new NodeAgent.Parts(
                port,
                new YangScheduleCodec(),
                settings::add,
                store,
                FakePort::machineTimeNs,
                Optional::empty,
                List::of,
                () ->
                    new NodeFacts(
                        8,
                        Optional.of(new TreeSet<>(List.of("cbs", "tas"))),
                        OptionalLong.of(1_000_000_000))));
    port.observe(agent);
  }

  /** Starts one that has no broker. */
  public static TestNode unconnected(String name) {
    SessionSettings session = session(name, "mqtt://127.0.0.1:1", Credentials.NONE, TlsFiles.NONE);
    return new TestNode(
        new NodeSettings(topics(name), session, PAYLOAD_LIMIT, List.of(), 0, 0), new MemoryStore());
  }

  /** Starts one. */
  public static TestNode start(String name, String brokers) {
    return start(name, session(name, brokers, Credentials.NONE, TlsFiles.NONE), new MemoryStore());
  }

  /** Starts one. */
  public static TestNode start(String name, SessionSettings session, StateStore store) {
    return start(name, session, store, List.of());
  }

  /** Starts one that wants signatures. */
  public static TestNode start(
      String name, SessionSettings session, StateStore store, List<PublicKey> signers) {
    TestNode node =
        new TestNode(new NodeSettings(topics(name), session, PAYLOAD_LIMIT, signers, 0, 0), store);
    node.agent.start();
    return node;
  }

  public static Topics topics(String name) {
    return new Topics(Topics.DEFAULT_PREFIX, NETWORK, name);
  }

  /** A session that is quick to try again. */
  public static SessionSettings session(
      String name, String brokers, Credentials credentials, TlsFiles tls) {
    return new SessionSettings(
        Broker.parseAll(brokers),
        "ktsn-lab-" + name,
        credentials,
        tls,
        5,
        5,
        3_600,
        20,
        200,
        PAYLOAD_LIMIT + 65_536,
        10_000,
        Optional.empty(),
        0);
  }

  public NodeAgent agent() {
    return agent;
  }

  public FakePort port() {
    return port;
  }

  public List<PortSettings> settings() {
    return settings;
  }

  public long count(String counter) {
    return agent.counters().get(counter);
  }

  public boolean isConnected() {
    return agent.session().isConnected();
  }

  public TestNode awaitConnected() {
    Eventually.await("the node is connected; " + agent.session().problem(), this::isConnected);
    return this;
  }

  @Override
  public void close() {
    agent.close();
  }
}
