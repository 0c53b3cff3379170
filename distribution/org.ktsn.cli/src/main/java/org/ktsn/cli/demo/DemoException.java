package org.ktsn.cli.demo;

/** A demonstration or benchmark can't go on; the message is a sentence for the user. */
public final class DemoException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message for the user. */
  public DemoException(String message) {
    super(message);
  }

  /** Makes one with a message for the user and its cause. */
  public DemoException(String message, Throwable cause) {
    super(message, cause);
  }
}
