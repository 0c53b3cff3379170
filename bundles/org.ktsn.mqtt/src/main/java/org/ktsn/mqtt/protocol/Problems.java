package org.ktsn.mqtt.protocol;

import java.util.ArrayList;
import java.util.List;
import org.ktsn.api.schedule.ScheduleException;
import org.ktsn.api.schedule.ScheduleProblem;

/** The problems found so far in one message; beyond a hundred they are only counted. */
public final class Problems {
  private static final int LIMIT = 100;
  private static final int SHOWN_CHARACTERS = 60;

  private final List<ScheduleProblem> found = new ArrayList<>();
  private int more;

  /** Adds one at a place of the message. */
  public void add(String pointer, String message) {
    if (found.size() < LIMIT) {
      found.add(new ScheduleProblem(pointer, message));
    } else {
      more++;
    }
  }

  /** Adds those of a part of the message. */
  void addAll(String pointer, ScheduleException part) {
    part.problems().forEach(problem -> add(pointer + problem.pointer(), problem.message()));
  }

  /** Tells whether there is none. */
  public boolean isEmpty() {
    return found.isEmpty();
  }

  /** Tells whether the message as a whole is wrong: nothing can be said of its parts then. */
  boolean concernTheWhole() {
    return found.stream().anyMatch(problem -> problem.pointer().isEmpty());
  }

  /** Returns all. */
  public List<ScheduleProblem> all() {
    List<ScheduleProblem> all = new ArrayList<>(found);
    if (more > 0) {
      all.add(new ScheduleProblem("", more + " more problems; mend the first ones and try again"));
    }
    return all;
  }

  /** Returns another's text fit for a message: short and on one line. */
  static String shown(String text) {
    String part =
        text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS) + "...";
    return part.replaceAll("\\p{Cntrl}", "?");
  }
}
