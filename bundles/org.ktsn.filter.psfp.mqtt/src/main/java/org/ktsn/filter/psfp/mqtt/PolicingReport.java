package org.ktsn.filter.psfp.mqtt;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.ktsn.api.policing.Policing;
import org.ktsn.mqtt.node.AnswerWriter;
import org.ktsn.mqtt.protocol.PtpTime;

/** What the node says of its policing: what is in force, and which message asked for it. */
final class PolicingReport {
  private final Policing policing;
  private final AnswerWriter answers;
  private final int limitOctets;

  /**
   * Makes one.
   *
   * @param limitOctets the longest document that is reported: one that the shell took may be longer
   *     than what a broker takes
   */
  PolicingReport(Policing policing, AnswerWriter answers, int limitOctets) {
    this.policing = policing;
    this.answers = answers;
    this.limitOctets = limitOctets;
  }

  JsonObject of(Optional<PolicingPart.Accepted> latest) {
    JsonObject json = new JsonObject();
    json.addProperty("node", answers.topics().node());
    json.addProperty("part", PolicingPart.NAME);
    json.add("time", PtpTime.write(answers.nowNs()));
    latest.ifPresent(held -> json.add("desired", desired(held)));
    JsonObject document = JsonParser.parseString(policing.document()).getAsJsonObject();
    int octets = document.toString().getBytes(StandardCharsets.UTF_8).length;
    if (octets <= limitOctets) {
      json.add(PolicingPart.NAME, document);
    } else {
      json.addProperty("policing-left-out-octets", octets);
    }
    answers.last().ifPresent(answer -> json.add("last-answer", answers.json(answer)));
    return json;
  }

  private static JsonObject desired(PolicingPart.Accepted held) {
    JsonObject json = new JsonObject();
    json.addProperty("id", held.message().id());
    json.addProperty("version", held.message().version());
    json.addProperty("state", held.state().word());
    held.sinceNs().ifPresent(ns -> json.add("config-change-time", PtpTime.write(ns)));
    return json;
  }
}
