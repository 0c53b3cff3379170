package org.ktsn.api.binder;

/**
 * The switch refused something or is away; the message is a sentence for the user, with the remedy.
 */
public final class SwitchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message for the user. */
  public SwitchException(String message) {
    super(message);
  }

  /** Makes one with a message for the user and its cause. */
  public SwitchException(String message, Throwable cause) {
    super(message, cause);
  }
}
