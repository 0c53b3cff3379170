package org.ktsn.schedule.mqtt.node;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Optional;
import org.ktsn.api.schedule.GateParameters;
import org.ktsn.api.schedule.GateSchedule;
import org.ktsn.api.schedule.PortSchedule;
import org.ktsn.api.schedule.ScheduleCodec;
import org.ktsn.mqtt.node.AnswerWriter;
import org.ktsn.mqtt.protocol.NodeFacts;
import org.ktsn.mqtt.protocol.PtpTime;
import org.ktsn.mqtt.protocol.Topics;
import org.ktsn.mqtt.session.Outbound;
import org.ktsn.mqtt.session.Outbound.Delivery;

/** What a node says of itself in its retained topics. Any thread. */
final class Reports {
  private final PortSchedule port;
  private final ScheduleCodec codec;
  private final AnswerWriter answers;

  Reports(PortSchedule port, ScheduleCodec codec, AnswerWriter answers) {
    this.port = port;
    this.codec = codec;
    this.answers = answers;
  }

  /** The node's last will, and what it says when it goes. */
  static Outbound offline(Topics topics) {
    return Outbound.json(topics.status(), status(topics, "offline"), Delivery.STATE);
  }

  Outbound online(NodeFacts facts) {
    JsonObject json = status(answers.topics(), "online");
    json.add("time", PtpTime.write(answers.nowNs()));
    json.addProperty("traffic-classes", facts.trafficClasses());
    JsonArray shapers = new JsonArray();
    facts.shapers().ifPresent(names -> names.forEach(shapers::add));
    json.add("shapers", shapers);
    facts
        .rateBitsPerSecond()
        .ifPresent(rate -> json.addProperty("rate-bits-per-second", Long.toString(rate)));
    return Outbound.json(answers.topics().status(), json, Delivery.STATE);
  }

  private static JsonObject status(Topics topics, String state) {
    JsonObject json = new JsonObject();
    json.addProperty("state", state);
    json.addProperty("network", topics.network());
    json.addProperty("node", topics.node());
    return json;
  }

  Outbound reported(Optional<AcceptedMessage> latest) {
    return Outbound.json(answers.topics().reported(), toJson(latest), Delivery.STATE);
  }

  /** What is in force, what is pending, and which message asked for it. */
  JsonObject toJson(Optional<AcceptedMessage> latest) {
    GateSchedule now = port.current();
    JsonObject json = new JsonObject();
    json.addProperty("node", answers.topics().node());
    json.add("time", PtpTime.write(answers.nowNs()));
    latest.ifPresent(held -> json.add("desired", desired(held)));
    json.add("schedule", yang(now.oper()));
    json.add("operational-since", PtpTime.write(now.operSinceNs()));
    now.pending()
        .ifPresent(
            pending -> {
              json.add("pending-schedule", yang(pending.parameters()));
              json.add("config-change-time", PtpTime.write(pending.configChangeTimeNs()));
            });
    json.addProperty("config-change-error", Long.toString(now.configChangeErrors()));
    answers.last().ifPresent(answer -> json.add("last-answer", answer.toJson()));
    return json;
  }

  private static JsonObject desired(AcceptedMessage held) {
    JsonObject json = new JsonObject();
    json.addProperty("id", held.message().id());
    json.addProperty("version", held.message().version());
    json.addProperty("state", held.state().word());
    held.configChangeTimeNs().ifPresent(ns -> json.add("config-change-time", PtpTime.write(ns)));
    json.add("settings", held.message().settings().toJson());
    return json;
  }

  private JsonElement yang(GateParameters parameters) {
    return JsonParser.parseString(codec.encode(parameters, answers.topics().node()));
  }
}
