package org.ktsn.pod;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.ktsn.api.pod.Bandwidth;
import org.ktsn.api.pod.IngressLimit;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.Priorities;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps pods' records as files, one JSON object each, {@code NAME.json}. A record is there whole or
 * not at all, whenever the machine or KTSNd stops. One thread at a time.
 */
final class PodStore {
  private static final Logger LOG = LoggerFactory.getLogger(PodStore.class);
  private static final int VERSION = 1;

  private final Path directory;

  PodStore(Path directory) {
    this.directory = directory;
  }

  /** Writes a pod's record, in place of any earlier one. */
  void save(PodRecord podRecord) throws IOException {
    Files.createDirectories(directory);
    // A pod's name does not begin with a dot, so no record has the name of such a file.
    Path draft = directory.resolve("." + podRecord.pod().name() + ".draft");
    try (FileChannel file =
        FileChannel.open(
            draft,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes =
          ByteBuffer.wrap(encode(podRecord).toString().getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    }
    Files.move(draft, file(podRecord.pod().name()), StandardCopyOption.ATOMIC_MOVE);
    syncDirectory();
  }

  /** Removes a pod's record; nothing happens if there is none. */
  void remove(String name) throws IOException {
    if (Files.deleteIfExists(file(name))) {
      syncDirectory();
    }
  }

  /** Reads all records. One that makes no sense is set aside as {@code NAME.json.bad}. */
  List<PodRecord> load() throws IOException {
    List<PodRecord> records = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return records;
    }
    removeDrafts();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[!.]*.json")) {
      for (Path file : files) {
        try {
          records.add(decode(JsonParser.parseString(Files.readString(file)).getAsJsonObject()));
        } catch (RuntimeException e) {
          Path aside = file.resolveSibling(file.getFileName() + ".bad");
          Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
          LOG.error("event=state-unreadable file={} reason=\"{}\"", aside, e.getMessage());
        }
      }
    }
    return records;
  }

  /** Removes what a KTSNd that was killed began to write. */
  private void removeDrafts() throws IOException {
    try (DirectoryStream<Path> drafts = Files.newDirectoryStream(directory, ".*.draft")) {
      for (Path draft : drafts) {
        Files.delete(draft);
      }
    }
  }

  private Path file(String name) {
    return directory.resolve(name + ".json");
  }

  private void syncDirectory() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static JsonObject encode(PodRecord podRecord) {
    Pod pod = podRecord.pod();
    JsonArray addresses = new JsonArray();
    pod.addresses().forEach(addresses::add);
    JsonObject json = new JsonObject();
    json.addProperty("version", VERSION);
    json.addProperty("attached", podRecord.attached());
    json.addProperty("name", pod.name());
    json.addProperty("number", pod.number());
    json.addProperty("networkNamespace", pod.networkNamespace().toString());
    json.addProperty("ownsNamespace", podRecord.ownsNamespace());
    json.addProperty("namespaceId", podRecord.namespaceId());
    json.addProperty("interfaceName", pod.interfaceName());
    json.addProperty("switchPort", pod.switchPort());
    json.addProperty("mac", pod.mac().toString());
    json.add("addresses", addresses);
    json.addProperty("channelSocket", pod.channelSocket().toString());
    JsonObject labels = new JsonObject();
    pod.labels().forEach(labels::addProperty);
    json.add("labels", labels);
    pod.bandwidth().ifPresent(bandwidth -> json.add("bandwidth", encode(bandwidth)));
    pod.ingressLimit().ifPresent(limit -> json.add("ingressLimit", encode(limit)));
    json.addProperty("priorities", pod.priorities().toString());
    json.add("routes", RouteJson.encode(podRecord.routes()));
    return json;
  }

  private static JsonObject encode(IngressLimit limit) {
    JsonObject json = new JsonObject();
    json.addProperty("rateBitsPerSecond", limit.rateBitsPerSecond());
    json.addProperty("burstBits", limit.burstBits());
    return json;
  }

  private static JsonObject encode(Bandwidth bandwidth) {
    JsonObject json = new JsonObject();
    json.addProperty("idleSlopeBitsPerSecond", bandwidth.idleSlopeBitsPerSecond());
    bandwidth.hiCreditBits().ifPresent(bits -> json.addProperty("hiCreditBits", bits));
    return json;
  }

  private static PodRecord decode(JsonObject json) {
    int version = json.get("version").getAsInt();
    if (version != VERSION) {
      throw new IllegalArgumentException("version " + version + " is not " + VERSION);
    }
    List<String> addresses = new ArrayList<>();
    for (JsonElement address : json.getAsJsonArray("addresses")) {
      addresses.add(address.getAsString());
    }
    Pod pod =
        new Pod(
            json.get("name").getAsString(),
            json.get("number").getAsInt(),
            Path.of(json.get("networkNamespace").getAsString()),
            json.get("interfaceName").getAsString(),
            json.get("switchPort").getAsString(),
            MacAddress.parse(json.get("mac").getAsString()),
            addresses,
            Path.of(json.get("channelSocket").getAsString()),
            labels(json),
            bandwidth(json),
            ingressLimit(json),
            priorities(json));
    return new PodRecord(
        pod,
        json.get("attached").getAsBoolean(),
        json.get("ownsNamespace").getAsBoolean(),
        json.get("namespaceId").getAsLong(),
        RouteJson.decode(json.getAsJsonArray("routes")));
  }

  /** Records of earlier versions have none. */
  private static Map<String, String> labels(JsonObject json) {
    Map<String, String> labels = new HashMap<>();
    if (json.has("labels")) {
      json.getAsJsonObject("labels")
          .asMap()
          .forEach((name, value) -> labels.put(name, value.getAsString()));
    }
    return labels;
  }

  /** Pods of earlier versions may use all. */
  private static Priorities priorities(JsonObject json) {
    return json.has("priorities")
        ? Priorities.parse(json.get("priorities").getAsString())
        : Priorities.ALL;
  }

  private static Optional<IngressLimit> ingressLimit(JsonObject json) {
    return Optional.ofNullable(json.getAsJsonObject("ingressLimit"))
        .map(
            limit ->
                new IngressLimit(
                    limit.get("rateBitsPerSecond").getAsLong(),
                    limit.get("burstBits").getAsLong()));
  }

  /** Pods without one, and records of earlier versions, have none. */
  private static Optional<Bandwidth> bandwidth(JsonObject json) {
    return Optional.ofNullable(json.getAsJsonObject("bandwidth"))
        .map(
            bandwidth ->
                new Bandwidth(
                    bandwidth.get("idleSlopeBitsPerSecond").getAsLong(),
                    bandwidth.has("hiCreditBits")
                        ? OptionalLong.of(bandwidth.get("hiCreditBits").getAsLong())
                        : OptionalLong.empty()));
  }
}
