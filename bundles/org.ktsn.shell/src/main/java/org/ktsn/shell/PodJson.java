package org.ktsn.shell;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.Map;
import org.ktsn.api.ingress.ChannelStatus;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.stats.DataplaneMonitor.PodStatus;

/** A pod as commands print it with {@code --json}. */
final class PodJson {
  private PodJson() {}

  /** What the pod is. */
  static JsonObject of(Pod pod) {
    JsonObject object = new JsonObject();
    object.addProperty("name", pod.name());
    object.addProperty("number", pod.number());
    object.addProperty("network_namespace", pod.networkNamespace().toString());
    object.addProperty("interface", pod.interfaceName());
    object.addProperty("switch_port", pod.switchPort());
    object.addProperty("mac", pod.mac().toString());
    object.add("addresses", Json.array(pod.addresses()));
    object.addProperty("channel_socket", pod.channelSocket().toString());
    JsonObject labels = new JsonObject();
    pod.labels().forEach(labels::addProperty);
    object.add("labels", labels);
    if (pod.bandwidth().isPresent()) {
      object.add("bandwidth", of(pod.bandwidth().get()));
    } else {
      object.add("bandwidth", JsonNull.INSTANCE);
    }
    object.addProperty("priorities", pod.priorities().toString());
    return object;
  }

  /** What the pod is and what it does. */
  static JsonObject of(PodView view) {
    JsonObject object = of(view.pod());
    object.addProperty("container", PodNames.container(view.pod()));
    view.channel().ifPresent(channel -> object.add("channel", of(channel)));
    view.counters().ifPresent(counters -> object.add("counters", of(counters)));
    return object;
  }

  /** All there is to know of the pod: {@link #of(PodView)} and its flows. */
  static JsonObject inDetail(PodView view) {
    JsonObject object = of(view);
    object.add("differences", Json.array(view.differences()));
    JsonArray others = new JsonArray();
    for (OtherPrograms.OtherProgram program : view.others()) {
      JsonObject item = new JsonObject();
      item.addProperty("name", program.name());
      item.addProperty("process", program.process());
      item.addProperty("reason", program.reason());
      others.add(item);
    }
    object.add("other_programs", others);
    object.add("flows", FlowJson.of(view.flows(), Map.of(view.pod().number(), view.pod().name())));
    return object;
  }

  private static JsonObject of(Bandwidth bandwidth) {
    JsonObject object = new JsonObject();
    object.addProperty("idle_slope_bits_per_second", bandwidth.idleSlopeBitsPerSecond());
    bandwidth.hiCreditBits().ifPresent(bits -> object.addProperty("hi_credit_bits", bits));
    return object;
  }

  private static JsonObject of(ChannelStatus channel) {
    JsonObject object = new JsonObject();
    object.addProperty("accepting", channel.accepting());
    object.addProperty("mtu_octets", channel.mtuOctets());
    object.addProperty("slots", channel.slots());
    JsonArray programs = new JsonArray();
    for (ChannelStatus.Program program : channel.programs()) {
      JsonObject item = new JsonObject();
      item.addProperty("name", program.name());
      item.addProperty("process", program.process());
      item.addProperty("user", program.user());
      programs.add(item);
    }
    object.add("programs", programs);
    return object;
  }

  private static JsonObject of(PodStatus counters) {
    JsonObject object = new JsonObject();
    object.addProperty("received", counters.received());
    object.addProperty("sent", counters.sent());
    object.addProperty("late", counters.late());
    object.addProperty("regenerated", counters.regenerated());
    object.addProperty("dropped", counters.dropped());
    object.addProperty("queued", counters.queued());
    object.add("drops", Json.counts(counters.drops()));
    return object;
  }
}
