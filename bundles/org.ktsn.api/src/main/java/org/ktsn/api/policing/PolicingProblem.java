package org.ktsn.api.policing;

/**
 * One thing that is wrong with a policing document.
 *
 * @param pointer where, as a JSON pointer (RFC 6901) into the document; empty for the document as a
 *     whole
 * @param message what is wrong, with the value and the remedy
 */
public record PolicingProblem(String pointer, String message) {
  @Override
  public String toString() {
    return (pointer.isEmpty() ? "/" : pointer) + ": " + message;
  }
}
