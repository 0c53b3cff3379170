package org.ktsn.mqtt.session;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.SocketFactory;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttActionListener;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;

/**
 * One connection to one broker, from its beginning to its end; it never comes back. Sending is the
 * session's thread only.
 */
final class Connection {
  /** The client library logs each lost connection as a failure of its own; we tell it once. */
  private static final Logger LIBRARY = Logger.getLogger("org.eclipse.paho.mqttv5.client");

  private static final int RECEIVE_MAXIMUM = 32;
  private static final int IN_FLIGHT = 16;
  private static final int FIRST_ERROR_CODE = 0x80;
  private static final long DISCONNECT_MS = 500;

  static {
    LIBRARY.setLevel(Level.OFF);
  }

  private final SessionSettings settings;
  private final Runnable changed;
  private final Consumer<Inbound> arrived;
  private final Consumer<String> refused;
  private final MqttAsyncClient client;
  private final Set<Outbound> unacknowledged = new LinkedHashSet<>();
  private Optional<String> end = Optional.empty();

  /** The topics beside those of the beginning. The session's thread only. */
  private Set<String> further = Set.of();

  private Connection(
      Broker broker,
      SessionSettings settings,
      Runnable changed,
      Consumer<Inbound> arrived,
      Consumer<String> refused)
      throws MqttException {
    this.settings = settings;
    this.changed = changed;
    this.arrived = arrived;
    this.refused = refused;
    client = new MqttAsyncClient(broker.clientUri(), settings.clientId(), new MemoryPersistence());
    client.setCallback(new Callback());
  }

  /**
   * Connects and subscribes.
   *
   * @param changed called when there is room to send again, and at the end; must not block
   * @param arrived gets the messages
   * @param refused gets the reason if the broker refuses a message
   * @throws ConnectFailure if that is not possible
   */
  static Connection open(
      Broker broker,
      SessionSettings settings,
      List<String> subscriptions,
      Runnable changed,
      Consumer<Inbound> arrived,
      Consumer<String> refused)
      throws ConnectFailure {
    Connection connection;
    try {
      connection = new Connection(broker, settings, changed, arrived, refused);
    } catch (MqttException e) {
      throw new ConnectFailure(e);
    }
    try {
      long limitMs = settings.connectTimeoutS() * 1_000L;
      connection.client.connect(connection.options(broker)).waitForCompletion(limitMs);
      connection.subscribe(subscriptions, limitMs);
      return connection;
    } catch (MqttException | IllegalArgumentException e) {
      connection.drop();
      throw new ConnectFailure(e);
    } catch (ConnectFailure e) {
      connection.drop();
      throw e;
    }
  }

  private MqttConnectionOptions options(Broker broker) {
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setAutomaticReconnect(false);
    options.setCleanStart(settings.sessionExpiryS() == 0);
    options.setSessionExpiryInterval(settings.sessionExpiryS());
    options.setKeepAliveInterval(settings.keepAliveS());
    options.setConnectionTimeout(settings.connectTimeoutS());
    options.setReceiveMaximum(RECEIVE_MAXIMUM);
    options.setMaximumPacketSize(settings.maximumPacketOctets());
    options.setTopicAliasMaximum(0);
    Credentials credentials = settings.credentials();
    if (!credentials.user().isEmpty()) {
      options.setUserName(credentials.user());
      credentials
          .password()
          .ifPresent(password -> options.setPassword(password.getBytes(StandardCharsets.UTF_8)));
    }
    options.setSocketFactory(
        broker.tls() ? settings.tls().socketFactory() : SocketFactory.getDefault());
    settings
        .will()
        .ifPresent(
            will -> {
              MqttProperties properties = new MqttProperties();
              properties.setWillDelayInterval(settings.willDelayS());
              properties.setContentType(will.contentType());
              options.setWillMessageProperties(properties);
              options.setWill(will.topic(), message(will));
            });
    return options;
  }

  private void subscribe(List<String> topics, long limitMs) throws MqttException, ConnectFailure {
    if (topics.isEmpty()) {
      return;
    }
    MqttSubscription[] subscriptions =
        topics.stream().map(Connection::subscription).toArray(MqttSubscription[]::new);
    IMqttToken token = client.subscribe(subscriptions);
    token.waitForCompletion(limitMs);
    int[] codes = Optional.ofNullable(token.getReasonCodes()).orElse(new int[0]);
    if (Arrays.stream(codes).anyMatch(code -> code >= FIRST_ERROR_CODE)) {
      throw new ConnectFailure("the broker refuses the subscription to " + topics);
    }
  }

  /**
   * Subscribes to these topics beside those of the beginning, and to no others. Does not wait for
   * the broker. The session's thread only.
   *
   * @param refused gets the reason if the broker refuses one
   */
  void subscribeFurther(Set<String> topics, Consumer<String> refused) {
    if (topics.equals(further)) {
      return;
    }
    List<String> fewer = further.stream().filter(topic -> !topics.contains(topic)).toList();
    List<String> more = topics.stream().filter(topic -> !further.contains(topic)).toList();
    further = Set.copyOf(topics);
    try {
      if (!fewer.isEmpty()) {
        client.unsubscribe(fewer.toArray(String[]::new));
      }
      for (String topic : more) {
        client.subscribe(
            new MqttSubscription[] {subscription(topic)},
            null,
            new Subscribed(topic, refused),
            new MqttProperties());
      }
    } catch (MqttException | IllegalArgumentException e) {
      if (client.isConnected()) {
        refused.accept(more + ": " + ConnectFailure.describe(e));
      }
      // else the callback is about to tell why, and the next connection subscribes
    }
  }

  private static MqttSubscription subscription(String topic) {
    MqttSubscription subscription = new MqttSubscription(topic, 1);
    subscription.setRetainAsPublished(true); // so that what is stale can be told
    return subscription;
  }

  /** Tells whether a message can be sent now. */
  synchronized boolean hasRoom() {
    return unacknowledged.size() < IN_FLIGHT;
  }

  /** Looks whether the connection ended without anybody telling. */
  void check() {
    if (!client.isConnected()) {
      ended("the connection is lost");
    }
  }

  /** Returns why the connection ended, once it has. */
  synchronized Optional<String> end() {
    return end;
  }

  /** Returns what was sent and perhaps did not arrive. */
  synchronized List<Outbound> unacknowledged() {
    return new ArrayList<>(unacknowledged);
  }

  /** Sends a message; the end of the connection tells if that is not possible. */
  void send(Outbound message) {
    synchronized (this) {
      if (message.delivery().qos() > 0) {
        unacknowledged.add(message);
      }
    }
    try {
      client.publish(message.topic(), message(message), null, new Acknowledgement(message));
    } catch (MqttException | IllegalArgumentException e) {
      if (client.isConnected()) {
        refused.accept(message.topic() + ": " + ConnectFailure.describe(e));
        acknowledged(message);
      }
      // else the callback is about to tell why, and the message waits for the next connection
    }
  }

  private static MqttMessage message(Outbound outbound) {
    MqttProperties properties = new MqttProperties();
    properties.setContentType(outbound.contentType());
    outbound.responseTopic().ifPresent(properties::setResponseTopic);
    outbound.correlation().ifPresent(properties::setCorrelationData);
    MqttMessage message = new MqttMessage(outbound.payload());
    message.setQos(outbound.delivery().qos());
    message.setRetained(outbound.delivery().retained());
    message.setProperties(properties);
    return message;
  }

  /** Says goodbye: the broker does not publish the will then. */
  void close() {
    try {
      client.disconnect(0).waitForCompletion(DISCONNECT_MS);
    } catch (MqttException e) {
      // it is gone already; what is ours goes below
    }
    drop();
  }

  /** Ends the connection without a word. */
  void drop() {
    try {
      client.disconnectForcibly(1, 1, false);
    } catch (MqttException e) {
      // there was none
    }
    try {
      client.close(true);
    } catch (MqttException e) {
      // its threads have ended already
    }
  }

  private void acknowledged(Outbound message) {
    synchronized (this) {
      unacknowledged.remove(message);
    }
    changed.run();
  }

  private void ended(String reason) {
    synchronized (this) {
      if (end.isEmpty()) {
        end = Optional.of(reason);
      }
    }
    changed.run();
  }

  /** What becomes of one message. */
  private final class Acknowledgement implements MqttActionListener {
    private final Outbound message;

    Acknowledgement(Outbound message) {
      this.message = message;
    }

    @Override
    public void onSuccess(IMqttToken token) {
      int[] codes = token.getReasonCodes();
      if (codes != null && codes.length > 0 && codes[0] >= FIRST_ERROR_CODE) {
        tell(ConnectFailure.describe(codes[0], "reason " + codes[0]));
      }
      acknowledged(message);
    }

    @Override
    public void onFailure(IMqttToken token, Throwable failure) {
      int code = failure instanceof MqttException mqtt ? mqtt.getReasonCode() : 0;
      if (code >= FIRST_ERROR_CODE && code <= 0xff) {
        tell(ConnectFailure.describe(code, "reason " + code));
        acknowledged(message);
      }
      // else the connection is lost, and the message waits for the next one
    }

    private void tell(String reason) {
      refused.accept(message.topic() + ": " + reason);
    }
  }

  /** What becomes of one further subscription. */
  private static final class Subscribed implements MqttActionListener {
    private final String topic;
    private final Consumer<String> refused;

    Subscribed(String topic, Consumer<String> refused) {
      this.topic = topic;
      this.refused = refused;
    }

    @Override
    public void onSuccess(IMqttToken token) {
      int[] codes = token.getReasonCodes();
      if (codes != null && codes.length > 0 && codes[0] >= FIRST_ERROR_CODE) {
        refused.accept(topic + ": " + ConnectFailure.describe(codes[0], "reason " + codes[0]));
      }
    }

    @Override
    public void onFailure(IMqttToken token, Throwable failure) {
      int code = failure instanceof MqttException mqtt ? mqtt.getReasonCode() : 0;
      if (code >= FIRST_ERROR_CODE && code <= 0xff) {
        refused.accept(topic + ": " + ConnectFailure.describe(code, "reason " + code));
      }
      // else the connection is lost, and the next one subscribes
    }
  }

  /** What the client library says; its threads. */
  private final class Callback implements MqttCallback {
    @Override
    public void disconnected(MqttDisconnectResponse response) {
      MqttException cause = response.getException();
      ended(
          cause == null
              ? ConnectFailure.describe(
                  response.getReturnCode(), "the broker ended it: " + response.getReasonString())
              : ConnectFailure.describe(cause));
    }

    @Override
    public void mqttErrorOccurred(MqttException failure) {
      ended(ConnectFailure.describe(failure));
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
      MqttProperties properties =
          Optional.ofNullable(message.getProperties()).orElseGet(MqttProperties::new);
      arrived.accept(
          new Inbound(
              topic,
              message.getPayload(),
              message.isRetained(),
              Optional.ofNullable(properties.getResponseTopic()),
              Optional.ofNullable(properties.getCorrelationData())));
    }

    @Override
    public void deliveryComplete(IMqttToken token) {
      // each message has its own listener
    }

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {
      // who connects waits for it
    }

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {
      // no extended authentication is asked for
    }
  }
}
