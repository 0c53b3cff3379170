package org.ktsn.mqtt.protocol;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The members that every desired message has, and its fields.
 *
 * @param id the id, if it can be read
 * @param version the version, likewise
 * @param node the node, if it is named
 * @param content the fields of what is asked for
 */
record Envelope(
    Optional<String> id, OptionalLong version, Optional<String> node, Map<String, Field> content) {
  /** The highest version: every program's numbers hold it exactly. */
  static final long MAX_VERSION = (1L << 53) - 1;

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

  /**
   * Reads the text of a message.
   *
   * @param mandatory members of the content that must be there
   * @param optional members of the content that may be there
   */
  static Envelope read(
      String text, List<String> mandatory, List<String> optional, Problems problems) {
    Set<String> members = new TreeSet<>(List.of("id", "version", "node"));
    members.addAll(mandatory);
    members.addAll(optional);
    Map<String, Field> fields = new Field(text, "", problems).fields(members);
    if (!problems.concernTheWhole()) {
      need(fields, List.of("id", "version"), problems);
      need(fields, mandatory, problems);
    }
    return new Envelope(
        Optional.ofNullable(fields.get("id"))
            .flatMap(
                field ->
                    field.string(
                        ID, "1 to 64 letters, digits and the characters . _ : - in quotes")),
        Optional.ofNullable(fields.get("version"))
            .map(field -> field.number(1, MAX_VERSION))
            .orElse(OptionalLong.empty()),
        Optional.ofNullable(fields.get("node")).flatMap(Field::string),
        fields);
  }

  private static void need(Map<String, Field> fields, List<String> names, Problems problems) {
    names.stream()
        .filter(name -> !fields.containsKey(name))
        .forEach(name -> problems.add("", "has no " + name + "; give it"));
  }

  /** Returns a member of the content, if it is there. */
  Optional<Field> member(String name) {
    return Optional.ofNullable(content.get(name));
  }
}
