package org.ktsn.yang;

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
 *
 * @param node the object
 * @param members those that count and are there
 */
public record YangObject(YangNode node, Map<String, YangNode> members) {
  /** The largest number of 32 bits. */
  public static final long MAX_UINT32 = 0xffff_ffffL;

  /** Reads an object; see {@link YangModules#read}. */
  static YangObject of(YangModules modules, YangNode node, Set<String> known, Set<String> state) {
    Map<String, YangNode> members = new LinkedHashMap<>();
    Set<String> reported = new HashSet<>();
    for (Map.Entry<String, YangNode> entry : node.members().entrySet()) {
      String name = modules.local(entry.getKey());
      YangNode member = entry.getValue();
      boolean counts = known.contains(name);
      if (modules.isForeign(name) && known.contains(YangModules.bare(name))) {
        member.problem("is of another module; write " + YangModules.bare(name) + ", or remove it");
      } else if (!counts && !state.contains(name)) {
        modules.unknown(member, name);
      } else if (counts ? members.putIfAbsent(name, member) != null : !reported.add(name)) {
        member.problem("appears twice, with its module and without; keep one");
      }
    }
    return new YangObject(node, members);
  }

  /** Returns a member, if it is there. */
  public Optional<YangNode> optional(String name) {
    return Optional.ofNullable(members.get(name));
  }

  /** Returns a member; that it is missing is a problem. */
  public Optional<YangNode> required(String name) {
    if (!members.containsKey(name) && node.isObject()) {
      node.problem("has no " + name + "; give it");
    }
    return optional(name);
  }

  /** Returns a required number of 32 bits or fewer. */
  public long requiredNumber(String name, long min, long max) {
    return or(required(name).map(member -> member.number(min, max)), min);
  }

  /** Returns a required number of 64 bits. */
  public long requiredNumber64(String name, long min, long max) {
    return or(required(name).map(member -> member.number64(min, max)), min);
  }

  /** Returns a number of 32 bits or fewer, if it is there. */
  public OptionalLong number(String name, long min, long max) {
    return optional(name).map(member -> member.number(min, max)).orElse(OptionalLong.empty());
  }

  /** Returns a required boolean. */
  public boolean requiredBool(String name) {
    return required(name).flatMap(YangNode::bool).orElse(false);
  }

  /** Returns a boolean, if it is there. */
  public Optional<Boolean> bool(String name) {
    return optional(name).flatMap(YangNode::bool);
  }

  /** Returns a boolean; false if it is not there. */
  public boolean boolOrFalse(String name) {
    return bool(name).orElse(false);
  }

  /** Returns what a required name stands for. */
  public <T> T requiredChoice(String name, Map<String, T> values, T otherwise) {
    return required(name).flatMap(member -> choice(member, values)).orElse(otherwise);
  }

  /** Returns what a name stands for; the default if it is not there. */
  public <T> T choice(String name, Map<String, T> values, T otherwise) {
    return optional(name).flatMap(member -> choice(member, values)).orElse(otherwise);
  }

  /** Returns the entries of a list; too many are a problem, and none. */
  public List<YangNode> list(String name, int max) {
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
