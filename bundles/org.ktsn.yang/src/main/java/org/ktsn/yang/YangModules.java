package org.ktsn.yang;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The YANG modules that carry one model: whose members count, with their module's name before them
 * or without (RFC 7951 section 4).
 *
 * @param names the modules' names
 * @param hints what to say of members that are not known here and that people are known to write
 */
public record YangModules(List<String> names, Map<String, String> hints) {
  /** Copies both. */
  public YangModules {
    names = List.copyOf(names);
    hints = Map.copyOf(hints);
  }

  /** Makes one without hints. */
  public YangModules(List<String> names) {
    this(names, Map.of());
  }

  /** Returns a member's name without its module, if that is one of these. */
  public String local(String member) {
    return isOurs(member) ? bare(member) : member;
  }

  /**
   * Tells whether a member is no matter of these modules: another module's, which its name says, or
   * metadata of a node beside it (RFC 7952 section 5.2).
   */
  public boolean isForeign(String member) {
    return member.startsWith("@") || (member.indexOf(':') > 0 && !isOurs(member));
  }

  private boolean isOurs(String member) {
    int colon = member.indexOf(':');
    return colon > 0 && names.contains(member.substring(0, colon));
  }

  /** Returns a member's name without any module. */
  public static String bare(String member) {
    return member.substring(member.indexOf(':') + 1);
  }

  /** Passes over what other modules and metadata say; anything else is out of place. */
  public void unknown(YangNode node, String member) {
    if (!isForeign(member)) {
      node.problem(
          hints.getOrDefault(bare(member), "is not known here; remove it or correct its name"));
    }
  }

  /**
   * Reads an object. A member that is not known, that appears twice, or that has a name of the
   * model's and another module is a problem; what other modules and metadata say is passed over.
   *
   * @param known the names that count
   * @param state the names of what a device reports, which are passed over
   */
  public YangObject read(YangNode node, Set<String> known, Set<String> state) {
    return YangObject.of(this, node, known, state);
  }

  /** As {@link #read(YangNode, Set, Set)}, for an object that reports nothing. */
  public YangObject read(YangNode node, Set<String> known) {
    return YangObject.of(this, node, known, Set.of());
  }
}
