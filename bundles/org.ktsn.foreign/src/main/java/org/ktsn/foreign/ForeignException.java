package org.ktsn.foreign;

/** A native call failed. The message is libktsn-native's sentence. */
public class ForeignException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * Makes one.
   *
   * @param errno the error's number, positive
   * @param message the sentence
   */
  public ForeignException(int errno, String message) {
    super(message);
    this.errno = errno;
  }

  /** Makes one of what failed and of the C library's word for the error. */
  public static ForeignException of(int errno, String what) {
    return Libc.failure(errno, what);
  }

  /** Returns the error's number as in errno(3). */
  public int errno() {
    return errno;
  }
}
