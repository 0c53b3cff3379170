package org.ktsn.foreign;

/** The kernel had more to tell than the socket could hold: what was followed must be read anew. */
public final class NetlinkOverrunException extends ForeignException {
  private static final long serialVersionUID = 1L;

  NetlinkOverrunException(int errno, String message) {
    super(errno, message);
  }
}
