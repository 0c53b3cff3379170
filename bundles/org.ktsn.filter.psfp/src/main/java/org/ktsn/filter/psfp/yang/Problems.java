package org.ktsn.filter.psfp.yang;

import java.util.ArrayList;
import java.util.List;

/** The problems found so far in one document; beyond a hundred they are only counted. */
final class Problems {
  private static final int LIMIT = 100;
  private static final int SHOWN_CHARACTERS = 40;
  private static final int POINTER_CHARACTERS = 300;

  private final List<PolicingException.Problem> found = new ArrayList<>();
  private int more;

  void add(String pointer, String message) {
    if (found.size() < LIMIT) {
      found.add(new PolicingException.Problem(shortened(pointer, POINTER_CHARACTERS), message));
    } else {
      more++;
    }
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  /**
   * Throws all that was found, if anything was.
   *
   * @throws PolicingException with every problem
   */
  void throwIfAny() {
    if (found.isEmpty()) {
      return;
    }
    List<PolicingException.Problem> all = new ArrayList<>(found);
    if (more > 0) {
      all.add(
          new PolicingException.Problem(
              "", more + " more problems; mend the first ones and try again"));
    }
    throw new PolicingException(all);
  }

  /** Makes the exception for a document that can't be read any further. */
  static PolicingException only(String message) {
    return new PolicingException(List.of(new PolicingException.Problem("", message)));
  }

  /** Returns another's text fit for a message: short and on one line. */
  static String shown(String text) {
    return shortened(text, SHOWN_CHARACTERS).replaceAll("\\p{Cntrl}", "?");
  }

  private static String shortened(String text, int characters) {
    return text.length() <= characters ? text : text.substring(0, characters) + "...";
  }
}
