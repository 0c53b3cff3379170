package org.ktsn.api.pod;

/** A pod can't be attached or detached; the message is a sentence for the user, with the remedy. */
public class PodException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message for the user. */
  public PodException(String message) {
    super(message);
  }

  /** Makes one with a message for the user and its cause. */
  public PodException(String message, Throwable cause) {
    super(message, cause);
  }
}
