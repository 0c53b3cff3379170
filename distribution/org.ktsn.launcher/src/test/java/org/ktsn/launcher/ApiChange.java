package org.ktsn.launcher;

import aQute.bnd.service.diff.Delta;
import aQute.bnd.service.diff.Diff;
import aQute.bnd.service.diff.Tree;
import aQute.bnd.service.diff.Type;
import aQute.bnd.version.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a package has changed since its baseline, and which version that takes (OSGi semantic
 * versioning): a major one where somebody who was compiled against it breaks, a minor one where
 * something was added, a micro one for the rest.
 */
final class ApiChange {
  private final PackageApi before;
  private final PackageApi present;
  private final Diff diff;

  ApiChange(PackageApi before, PackageApi present) throws Exception {
    this.before = before;
    this.present = present;
    diff = present.tree().diff(before.tree());
  }

  /** Returns the lowest version that the package may have by now. */
  Version neededVersion() {
    Version old = before.version();
    return switch (diff.getDelta()) {
      case UNCHANGED, IGNORED -> old;
      case MAJOR, REMOVED -> new Version(old.getMajor() + 1, 0, 0);
      case MINOR, ADDED -> new Version(old.getMajor(), old.getMinor() + 1, 0);
      default -> new Version(old.getMajor(), old.getMinor(), old.getMicro() + 1);
    };
  }

  /** Returns what is wrong with the package's version, in a sentence. */
  Optional<String> complaint() {
    Version needed = neededVersion();
    if (present.version().compareTo(needed) >= 0) {
      return Optional.empty();
    }
    return Optional.of(
        "package "
            + present.name()
            + " is "
            + present.version()
            + " and must be "
            + needed
            + " at least"
            + because()
            + "; raise it in its package-info.java, then renew the baseline with ./ktsn api-baseline");
  }

  private String because() {
    List<String> causes = new ArrayList<>();
    collect(diff, diff.getDelta(), "", causes);
    return switch (causes.size()) {
      case 0 -> "";
      case 1 -> ", for " + causes.getFirst();
      default -> ", for " + causes.getFirst() + " (and " + (causes.size() - 1) + " more)";
    };
  }

  /** Finds what weighs the most. */
  private static void collect(Diff of, Delta most, String where, List<String> causes) {
    for (Diff child : of.getChildren()) {
      if (weight(child) == most) {
        String place = where + name(child);
        switch (child.getDelta()) {
          case ADDED -> causes.add(place + " is new");
          case REMOVED -> causes.add(place + " is gone");
          default -> collect(child, most, place, causes);
        }
      }
    }
  }

  private static Delta weight(Diff of) {
    return switch (of.getDelta()) {
      case ADDED -> of.getNewer().ifAdded();
      case REMOVED -> of.getOlder().ifRemoved();
      default -> of.getDelta();
    };
  }

  private static String name(Diff of) {
    Tree tree = of.getNewer() == null ? of.getOlder() : of.getNewer();
    return switch (tree.getType()) {
      case CLASS, INTERFACE, ENUM, ANNOTATION -> shortName(tree.getName());
      case METHOD, FIELD -> "." + tree.getName();
      default -> ": " + word(tree.getType()) + " " + tree.getName();
    };
  }

  private static String shortName(String type) {
    return type.substring(type.lastIndexOf('.') + 1).replace('$', '.');
  }

  private static String word(Type type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
