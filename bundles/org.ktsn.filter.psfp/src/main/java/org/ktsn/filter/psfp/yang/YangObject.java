package org.ktsn.filter.psfp.yang;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A YANG container or list entry: its members by their names without module. What is missing or
 * wrong is a problem, and stands with any value of its range meanwhile: whoever reads a document
 * looks at the problems before using it.
 */
record YangObject(YangNode node, Map<String, YangNode> members) {
  /** The largest number of 32 bits. */
  static final long MAX_UINT32 = 0xffff_ffffL;

  /**
   * Reads an object. A member that is not known, that appears twice, or that has a name of the
   * model's and another module is a problem; what other modules and metadata say is passed over.
   *
   * @param known the names that count
   * @param state the names of what a device reports, which are passed over
   */
  static YangObject of(YangNode node, Set<String> known, Set<String> state) {
    Map<String, YangNode> members = new LinkedHashMap<>();
    Set<String> reported = new HashSet<>();
    for (Map.Entry<String, YangNode> entry : node.members().entrySet()) {
      String name = YangNames.local(entry.getKey());
      YangNode member = entry.getValue();
      boolean counts = known.contains(name);
      if (YangNames.isForeign(name)) {
        String bare = YangNames.bare(name);
        if (known.contains(bare)) {
          member.problem("is of another module; write " + bare + ", or remove it");
        }
      } else if (!counts && !state.contains(name)) {
        member.problem("is not known here; remove it or correct its name");
      } else if (counts ? members.putIfAbsent(name, member) != null : !reported.add(name)) {
        member.problem("appears twice, with its module and without; keep one");
      }
    }
    return new YangObject(node, members);
  }

  static YangObject of(YangNode node, Set<String> known) {
    return of(node, known, Set.of());
  }

  Optional<YangNode> optional(String name) {
    return Optional.ofNullable(members.get(name));
  }

  Optional<YangNode> required(String name) {
    if (!members.containsKey(name) && node.isObject()) {
      node.problem("has no " + name + "; give it");
    }
    return optional(name);
  }

  long requiredNumber(String name, long min, long max) {
    return or(required(name).map(member -> member.number(min, max)), min);
  }

  long requiredNumber64(String name, long min, long max) {
    return or(required(name).map(member -> member.number64(min, max)), min);
  }

  OptionalLong number(String name, long min, long max) {
    return optional(name).map(member -> member.number(min, max)).orElse(OptionalLong.empty());
  }

  boolean requiredBool(String name) {
    return required(name).flatMap(YangNode::bool).orElse(false);
  }

  Optional<Boolean> bool(String name) {
    return optional(name).flatMap(YangNode::bool);
  }

  boolean boolOrFalse(String name) {
    return bool(name).orElse(false);
  }

  <T> T requiredChoice(String name, Map<String, T> values, T otherwise) {
    return required(name).flatMap(member -> choice(member, values)).orElse(otherwise);
  }

  <T> T choice(String name, Map<String, T> values, T otherwise) {
    return optional(name).flatMap(member -> choice(member, values)).orElse(otherwise);
  }

  /** Returns the entries of a list; too many are a problem, and none. */
  List<YangNode> list(String name, int max) {
    Optional<YangNode> list = optional(name);
    List<YangNode> elements = list.map(YangNode::elements).orElse(List.of());
    if (elements.size() > max) {
      list.get().problem("has " + elements.size() + " entries; give " + max + " at most");
      return List.of();
    }
    return elements;
  }

  private static <T> Optional<T> choice(YangNode member, Map<String, T> values) {
    Optional<String> text = member.string();
    if (text.isPresent() && !values.containsKey(text.get())) {
      member.problem(
          "is \""
              + Problems.shown(text.get())
              + "\"; give one of "
              + String.join(", ", values.keySet()));
    }
    return text.map(values::get);
  }

  private static long or(Optional<OptionalLong> number, long otherwise) {
    return number.orElse(OptionalLong.empty()).orElse(otherwise);
  }
}
