package org.ktsn.cni;

/** A request can't be met; becomes the error that the runtime reads. */
class CniException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int code;
  private final String details;

  CniException(int code, String message) {
    this(code, message, "");
  }

  CniException(int code, String message, String details) {
    super(message);
    this.code = code;
    this.details = details;
  }

  CniException(int code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.details = "";
  }

  /** One of {@link CniCode}, or an address manager's own. */
  int code() {
    return code;
  }

  /** More for people; may be empty. */
  String details() {
    return details;
  }
}
