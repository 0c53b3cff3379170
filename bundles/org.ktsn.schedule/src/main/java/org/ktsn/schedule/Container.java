package org.ktsn.schedule;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** A YANG container or list entry: its members by their names without module. */
record Container(Leaf leaf, Map<String, Leaf> members) {

  /**
   * Reads an object; what is not known or doubled in it is a problem, and so is what has a name of
   * the model's and another module: that would be passed over for a slip of the pen.
   */
  static Container of(Leaf leaf, Set<String> known) {
    Map<String, Leaf> members = new LinkedHashMap<>();
    for (Map.Entry<String, Json> entry : leaf.members().entrySet()) {
      String name = YangNames.local(entry.getKey());
      Leaf member = leaf.member(entry.getKey(), entry.getValue());
      if (YangNames.isForeign(name) && known.contains(YangNames.bare(name))) {
        member.problem("is of another module; write " + YangNames.bare(name) + ", or remove it");
      } else if (!known.contains(name)) {
        YangNames.unknown(member, name);
      } else if (members.putIfAbsent(name, member) != null) {
        member.problem("appears twice, with its module and without; keep one");
      }
    }
    return new Container(leaf, members);
  }

  Optional<Leaf> optional(String name) {
    return Optional.ofNullable(members.get(name));
  }

  /** Returns a member; that it is missing is a problem. */
  Optional<Leaf> required(String name) {
    if (!members.containsKey(name) && leaf.isObject()) {
      leaf.problem("has no " + name + "; give it");
    }
    return optional(name);
  }

  /** Returns a required number of 32 bits or fewer. */
  OptionalLong number(String name, long min, long max) {
    return required(name).map(member -> member.number(min, max)).orElse(OptionalLong.empty());
  }
}
