package org.ktsn.config;

/**
 * What a file of {@code etc/} configures, by its name.
 *
 * @param pid the component's PID
 * @param name the name of one of several; empty if there is only one
 */
record FileTarget(String pid, String name) {
  static final String CFG = ".cfg";
  static final String JSON = ".json";

  /** Reads {@code PID.cfg}, {@code PID-NAME.cfg}, {@code PID~NAME.cfg}, or these with .json. */
  static FileTarget named(String fileName) {
    String stem = fileName.substring(0, fileName.lastIndexOf('.'));
    int separator = stem.indexOf('~');
    if (separator < 0 && fileName.endsWith(CFG)) {
      separator = stem.indexOf('-');
    }
    return separator <= 0
        ? new FileTarget(stem, "")
        : new FileTarget(stem.substring(0, separator), stem.substring(separator + 1));
  }
}
