package org.ktsn.cni;

/** An address manager gave nothing for certain: it answered with an error, or was never run. */
final class NothingGivenException extends CniException {
  private static final long serialVersionUID = 1L;

  NothingGivenException(int code, String message) {
    super(code, message);
  }

  NothingGivenException(int code, String message, String details) {
    super(code, message, details);
  }

  NothingGivenException(int code, String message, Throwable cause) {
    super(code, message, cause);
  }
}
