package org.ktsn.api.pod;

/**
 * A pod asks for more than the node has left to give; the message has the numbers, and the remedy.
 */
public final class AdmissionException extends PodException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message for the user. */
  public AdmissionException(String message) {
    super(message);
  }
}
