package org.ktsn.cni;

/** The error codes of the CNI specification 1.1, section 5, and this plugin's own (from 100). */
final class CniCode {
  static final int INCOMPATIBLE_VERSION = 1;
  static final int UNSUPPORTED_FIELD = 2;
  static final int UNKNOWN_CONTAINER = 3;
  static final int BAD_ENVIRONMENT = 4;
  static final int IO_FAILURE = 5;
  static final int UNDECODABLE = 6;
  static final int BAD_CONFIG = 7;
  static final int TRY_AGAIN_LATER = 11;
  static final int NOT_AVAILABLE = 50;
  static final int LIMITED_CONNECTIVITY = 51;

  /** The attachment can't be made, removed or found as it was made. */
  static final int ATTACHMENT = 100;

  /** The address manager gave what can't be used. */
  static final int ADDRESSES = 101;

  /** The port can't carry what is asked for beside what others have. */
  static final int ADMISSION = 102;

  private CniCode() {}
}
