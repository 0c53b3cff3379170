package org.ktsn.yang;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The problems found so far in one document; beyond a hundred they are only counted. */
public final class Problems {
  private static final int LIMIT = 100;
  private static final int SHOWN_CHARACTERS = 40;
  private static final int POINTER_CHARACTERS = 300;

  /**
   * One thing that is wrong.
   *
   * @param pointer where, as a JSON pointer (RFC 6901); empty for the document as a whole
   * @param message what is wrong, with the value and the remedy
   */
  public record Problem(String pointer, String message) {
    /** Returns the place and the message. */
    @Override
    public String toString() {
      return (pointer.isEmpty() ? "/" : pointer) + ": " + message;
    }
  }

  private final Function<List<Problem>, ? extends RuntimeException> refusal;
  private final List<Problem> found = new ArrayList<>();
  private int more;

  /**
   * Begins without problems.
   *
   * @param refusal makes the exception with which a document is refused
   */
  public Problems(Function<List<Problem>, ? extends RuntimeException> refusal) {
    this.refusal = refusal;
  }

  /** Adds one of the document as a whole. */
  public void add(String message) {
    add(Place.DOCUMENT, message);
  }

  void add(Place place, String message) {
    if (found.size() < LIMIT) {
      found.add(new Problem(shortened(place.pointer(), POINTER_CHARACTERS), message));
    } else {
      more++;
    }
  }

  /** Tells whether there is none. */
  public boolean isEmpty() {
    return found.isEmpty();
  }

  /** Throws the refusal with all that was found, if anything was. */
  public void throwIfAny() {
    if (found.isEmpty()) {
      return;
    }
    List<Problem> all = new ArrayList<>(found);
    if (more > 0) {
      all.add(new Problem("", more + " more problems; mend the first ones and try again"));
    }
    throw refusal.apply(all);
  }

  /** Returns the refusal of a document that can't be read any further. */
  public RuntimeException only(String message) {
    return refusal.apply(List.of(new Problem("", message)));
  }

  /** Returns another's text fit for a message: short and on one line. */
  public static String shown(String text) {
    return shortened(text, SHOWN_CHARACTERS).replaceAll("\\p{Cntrl}", "?");
  }

  private static String shortened(String text, int characters) {
    return text.length() <= characters ? text : text.substring(0, characters) + "...";
  }
}
