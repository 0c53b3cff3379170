package org.ktsn.api.frame;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Why a frame was dropped: a value that the bundle brings which drops. Counters, flows, pods,
 * reports and the shell follow from it; nobody else needs to know it.
 *
 * <pre>{@code
 * static final DropReason OVERSIZE =
 *     DropReason.of("psfp_oversize", "larger than its stream filter allows", "send smaller frames");
 * }</pre>
 *
 * <p>There is one reason of a name in a process, whoever asks for it, and for as long as the
 * process lives: what was counted stays readable when its bundle is gone, and a bundle that is
 * deployed anew counts on. Reasons of one name are the same object, so compare them with {@code
 * ==}.
 *
 * <p>Make reasons when a class is loaded, never on a frame's way. Any thread.
 */
public final class DropReason implements Verdict {
  /** How many reasons there can be: each has a counter per pod and per flow. */
  public static final int MAX_REASONS = 64;

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,39}");
  private static final List<DropReason> ALL = new ArrayList<>();
  private static volatile int count;

  private final String name;
  private final int number;
  private volatile Words words;

  private record Words(String meaning, String remedy) {}

  private DropReason(String name, int number, Words words) {
    this.name = name;
    this.number = number;
    this.words = words;
  }

  /**
   * Returns the reason of a name. If there is one already it gets these words: the bundle that was
   * deployed last knows them best.
   *
   * @param name what counters and reports call it, for instance {@code never_fits}: a lower-case
   *     letter, then lower-case letters, digits and underscores, 40 at most; a bundle's own begin
   *     with the function's name
   * @param meaning what happened, as a clause after "the frame was dropped:", for instance "no
   *     window of its class is long enough"
   * @param remedy what to do about it, as a clause; empty if there is nothing to do
   * @throws IllegalArgumentException if the name or a clause is not of this form
   * @throws IllegalStateException if there are {@value #MAX_REASONS} others already
   */
  public static DropReason of(String name, String meaning, String remedy) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "the drop reason's name is '"
              + name
              + "'; give a lower-case letter, then lower-case letters, digits and '_', 40 at most");
    }
    if (meaning.isBlank() || !isOneLine(meaning) || !isOneLine(remedy)) {
      throw new IllegalArgumentException(
          "drop reason '" + name + "' needs a meaning, and no line breaks in it or in the remedy");
    }
    Words words = new Words(meaning, remedy);
    synchronized (ALL) {
      for (DropReason known : ALL) {
        if (known.name.equals(name)) {
          known.words = words;
          return known;
        }
      }
      if (ALL.size() == MAX_REASONS) {
        throw new IllegalStateException(
            "drop reason '"
                + name
                + "' is one more than the "
                + MAX_REASONS
                + " that are counted; give several cases of a bundle one reason");
      }
      DropReason made = new DropReason(name, ALL.size(), words);
      ALL.add(made);
      count = ALL.size();
      return made;
    }
  }

  private static boolean isOneLine(String text) {
    return text.chars().noneMatch(Character::isISOControl);
  }

  /** Returns all reasons that there are, in the order in which they came. */
  public static List<DropReason> all() {
    Objects.requireNonNull(Verdict.MISSED); // so that the SPI's own are made by now
    synchronized (ALL) {
      return List.copyOf(ALL);
    }
  }

  /** Returns how many reasons there are: their numbers are below. */
  public static int count() {
    return count;
  }

  /** Returns the reason of a name, if there is one. */
  public static Optional<DropReason> named(String name) {
    return all().stream().filter(reason -> reason.name.equals(name)).findFirst();
  }

  /** Returns what counters and reports call it. */
  public String name() {
    return name;
  }

  /** Returns what happened, as a clause. */
  public String meaning() {
    return words.meaning();
  }

  /** Returns what to do about it, as a clause; empty if there is nothing to do. */
  public String remedy() {
    return words.remedy();
  }

  /**
   * Returns its number, 0 to {@value #MAX_REASONS} - 1: an index into counters of this process, and
   * no more than that.
   */
  public int number() {
    return number;
  }

  @Override
  public boolean isDrop() {
    return true;
  }

  /** Returns the name. */
  @Override
  public String toString() {
    return name;
  }
}
