package org.ktsn.api.schedule;

/**
 * One thing that is wrong with a schedule.
 *
 * @param pointer where, as a JSON pointer (RFC 6901) into the document; empty for the document as a
 *     whole
 * @param message what is wrong, with the value and the remedy
 */
public record ScheduleProblem(String pointer, String message) {
  @Override
  public String toString() {
    return (pointer.isEmpty() ? "/" : pointer) + ": " + message;
  }
}
