package org.ktsn.cni;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ktsn.api.pod.MacAddress;
import org.ktsn.api.pod.Priorities;

/**
 * A network configuration, as it came on the plugin's standard input.
 *
 * @param json all of it
 */
record NetworkConfig(JsonObject json) {
  private static final Pattern PLACE = Pattern.compile("at line \\d+ column \\d+ path \\S+");

  /** What identifies an attachment within a network. */
  record AttachmentId(String containerId, String interfaceName) {}

  /**
   * Reads JSON, strictly.
   *
   * @throws CniException if it is not a JSON object
   */
  static NetworkConfig parse(String text) {
    try {
      JsonReader reader = new JsonReader(new StringReader(text));
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT || !element.isJsonObject()) {
        throw undecodable("it is not one JSON object");
      }
      return new NetworkConfig(element.getAsJsonObject());
    } catch (JsonParseException | IOException e) {
      throw undecodable(place(String.valueOf(e.getMessage())));
    } catch (StackOverflowError e) {
      throw undecodable("it is nested too deep");
    }
  }

  /** Keeps the place of an error and leaves out advice for programmers. */
  private static String place(String message) {
    Matcher place = PLACE.matcher(message);
    return place.find() ? "it is not JSON " + place.group() : "it is not JSON";
  }

  private static CniException undecodable(String why) {
    return new CniException(CniCode.UNDECODABLE, "the network configuration can't be read: " + why);
  }

  /** The text of {@code cniVersion}; empty if there is none. */
  String versionText() {
    return string(json, "cniVersion").orElse("");
  }

  /** The version to answer in. */
  CniVersion version() {
    String text = versionText();
    return CniVersion.of(text)
        .orElseThrow(
            () ->
                new CniException(
                    CniCode.INCOMPATIBLE_VERSION,
                    "the network configuration's cniVersion is '"
                        + text
                        + "'; this plugin speaks "
                        + CniVersion.all()));
  }

  /** The network's name. */
  String name() {
    String name = string(json, "name").orElse("");
    if (!Environment.IDENTIFIER.matcher(name).matches()) {
      throw new CniException(
          CniCode.BAD_CONFIG,
          "the network's name is '"
              + name
              + "'; give it a 'name' that begins with a letter or digit and has letters, digits,"
              + " '_', '.' and '-' only");
    }
    return name;
  }

  /** The address manager's executable; empty: KTSNd gives addresses. */
  Optional<String> ipamType() {
    Optional<JsonObject> ipam = object(json, "ipam");
    if (ipam.isEmpty() || ipam.get().isEmpty()) {
      return Optional.empty();
    }
    String type = string(ipam.get(), "type").orElse("");
    if (type.isEmpty() && ipam.get().keySet().equals(Set.of("type"))) {
      return Optional.empty();
    }
    if (!type.matches("[a-zA-Z0-9_.-]+") || type.startsWith(".")) {
      throw bad("ipam.type", type, "the name of an address manager, for instance host-local");
    }
    return Optional.of(type);
  }

  /**
   * The interface's name inside the container: the configuration's {@code interface}, for a plugin
   * behind another one in a chain; otherwise what the runtime asks for.
   */
  String interfaceName(Environment environment) {
    String name = interfaceNameAsGiven(environment);
    if (!name.equals(environment.interfaceName())) {
      Environment.checkInterface("'interface'", name, CniCode.BAD_CONFIG);
    }
    return name;
  }

  /** The same, not checked: for what is to be removed. */
  String interfaceNameAsGiven(Environment environment) {
    return string(json, "interface")
        .filter(name -> !name.isEmpty())
        .orElseGet(environment::interfaceName);
  }

  /** The interface's MTU, if it is given; 0 is as good as none. */
  OptionalInt mtuOctets() {
    JsonElement value = json.get("mtu");
    if (value == null || value.isJsonNull()) {
      return OptionalInt.empty();
    }
    try {
      if (value.getAsJsonPrimitive().isNumber()) {
        int octets = value.getAsBigDecimal().intValueExact();
        if (octets >= 0) {
          return octets == 0 ? OptionalInt.empty() : OptionalInt.of(octets);
        }
      }
    } catch (IllegalStateException | ArithmeticException | NumberFormatException e) {
      // It is said below.
    }
    throw bad("mtu", value.toString(), "a number of octets, or 0 for the usual one");
  }

  /** The hardware address that is asked for: the capability, the argument, or CNI_ARGS. */
  Optional<MacAddress> mac(Environment environment) {
    Optional<String> text =
        object(json, "runtimeConfig")
            .flatMap(config -> string(config, "mac"))
            .filter(mac -> !mac.isEmpty())
            .or(() -> cniArguments().flatMap(arguments -> string(arguments, "mac")))
            .filter(mac -> !mac.isEmpty())
            .or(() -> Optional.ofNullable(environment.arguments().get("MAC")))
            .filter(mac -> !mac.isEmpty());
    try {
      return text.map(MacAddress::parse);
    } catch (IllegalArgumentException e) {
      throw bad("mac", text.orElse(""), "for instance 02:00:5e:10:00:01");
    }
  }

  /**
   * The address that is asked for where KTSNd gives it: the capability {@code ips}, the argument,
   * or CNI_ARGS. An address manager reads them by itself.
   */
  Optional<String> address(Environment environment) {
    List<String> all =
        object(json, "runtimeConfig")
            .map(config -> strings(config, "ips"))
            .filter(ips -> !ips.isEmpty())
            .or(() -> cniArguments().map(arguments -> strings(arguments, "ips")))
            .filter(ips -> !ips.isEmpty())
            .or(() -> Optional.ofNullable(environment.arguments().get("IP")).map(List::of))
            .filter(ips -> !ips.equals(List.of("")))
            .orElse(List.of());
    if (all.size() > 1) {
      throw bad("ips", all.toString(), "one address, or an address manager in 'ipam'");
    }
    return all.stream().findFirst();
  }

  /** What the container may send, and what may be sent to it: the capability bandwidth. */
  BandwidthRequest bandwidth() {
    return object(json, "runtimeConfig")
        .flatMap(config -> object(config, "bandwidth"))
        .map(BandwidthRequest::parse)
        .orElse(BandwidthRequest.NONE);
  }

  /**
   * The priorities that the container's frames may have: the network's, or some of them that the
   * argument or CNI_ARGS ask for.
   */
  Priorities priorities(Environment environment) {
    Priorities ofNetwork =
        string(json, "priorities")
            .filter(text -> !text.isEmpty())
            .map(text -> priorities("priorities", text))
            .orElse(Priorities.ALL);
    Optional<String> asked =
        cniArguments()
            .flatMap(arguments -> string(arguments, "priorities"))
            .filter(text -> !text.isEmpty())
            .or(() -> Optional.ofNullable(environment.arguments().get("PRIORITIES")))
            .filter(text -> !text.isEmpty());
    if (asked.isEmpty()) {
      return ofNetwork;
    }
    Priorities ofContainer = priorities("args.cni.priorities", asked.get());
    if (!ofNetwork.contains(ofContainer)) {
      throw bad("args.cni.priorities", asked.get(), "some of the network's, " + ofNetwork);
    }
    return ofContainer;
  }

  private static Priorities priorities(String key, String text) {
    try {
      return Priorities.parse(text);
    } catch (IllegalArgumentException e) {
      throw bad(key, text, "some of 0 to 7, for instance \"0-5\" or \"0,2-4\"");
    }
  }

  /** Refuses capabilities that can't be granted. */
  void refuseUnsupported() {
    Optional<JsonObject> runtime = object(json, "runtimeConfig");
    for (String key : List.of("portMappings", "deviceID", "infinibandGUID")) {
      JsonElement value = runtime.map(config -> config.get(key)).orElse(null);
      if (value != null && !isNothing(value)) {
        throw new CniException(
            CniCode.UNSUPPORTED_FIELD,
            "runtimeConfig."
                + key
                + " is "
                + value
                + ", which this plugin can't grant; take '"
                + key
                + "' out of its capabilities");
      }
    }
  }

  private static boolean isNothing(JsonElement value) {
    return value.isJsonNull()
        || (value.isJsonArray() && value.getAsJsonArray().isEmpty())
        || (value.isJsonObject() && value.getAsJsonObject().isEmpty())
        || (value.isJsonPrimitive() && value.getAsString().isEmpty());
  }

  /** The result of the plugins before this one, or of the attachment as a whole. */
  Optional<JsonObject> previousResult() {
    return object(json, "prevResult");
  }

  /** The network's name servers. */
  Optional<JsonObject> dns() {
    return object(json, "dns");
  }

  /** The attachments that are to stay, of GC. */
  Set<AttachmentId> validAttachments() {
    // Specification 1.1.0 had the second name, and was corrected.
    String key =
        json.has("cni.dev/valid-attachments") ? "cni.dev/valid-attachments" : "cni.dev/attachments";
    if (!json.has(key)) {
      throw new CniException(
          CniCode.BAD_CONFIG,
          "GC needs the attachments that are to stay in 'cni.dev/valid-attachments', also if there"
              + " is none");
    }
    Set<AttachmentId> valid = new HashSet<>();
    if (json.get(key).isJsonNull()) {
      return valid;
    }
    for (JsonElement element : array(json, key)) {
      if (!element.isJsonObject()) {
        throw bad(key, element.toString(), "objects with containerID and ifname");
      }
      JsonObject attachment = element.getAsJsonObject();
      valid.add(
          new AttachmentId(
              string(attachment, "containerID")
                  .orElseThrow(() -> bad(key, attachment.toString(), "a containerID in each")),
              string(attachment, "ifname")
                  .orElseThrow(() -> bad(key, attachment.toString(), "an ifname in each"))));
    }
    return valid;
  }

  private Optional<JsonObject> cniArguments() {
    return object(json, "args").flatMap(args -> object(args, "cni"));
  }

  static CniException bad(String key, String value, String wanted) {
    return new CniException(
        CniCode.BAD_CONFIG,
        "'" + key + "' of the network configuration is '" + value + "'; give " + wanted);
  }

  static Optional<String> string(JsonObject object, String key) {
    JsonElement value = object.get(key);
    if (value == null || value.isJsonNull()) {
      return Optional.empty();
    }
    if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
      throw bad(key, value.toString(), "a string");
    }
    return Optional.of(value.getAsString());
  }

  static Optional<JsonObject> object(JsonObject object, String key) {
    JsonElement value = object.get(key);
    if (value == null || value.isJsonNull()) {
      return Optional.empty();
    }
    if (!value.isJsonObject()) {
      throw bad(key, value.toString(), "an object");
    }
    return Optional.of(value.getAsJsonObject());
  }

  static JsonArray array(JsonObject object, String key) {
    JsonElement value = object.get(key);
    if (value == null || value.isJsonNull()) {
      return new JsonArray();
    }
    if (!value.isJsonArray()) {
      throw bad(key, value.toString(), "a list");
    }
    return value.getAsJsonArray();
  }

  private static List<String> strings(JsonObject object, String key) {
    List<String> strings = new ArrayList<>();
    for (JsonElement element : array(object, key)) {
      if (!element.isJsonPrimitive()) {
        throw bad(key, element.toString(), "a list of strings");
      }
      strings.add(element.getAsString());
    }
    return strings;
  }
}
