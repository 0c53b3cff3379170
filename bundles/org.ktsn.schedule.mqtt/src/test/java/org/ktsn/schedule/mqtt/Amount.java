package org.ktsn.schedule.mqtt;

/** How much a test does: the usual amount, or what the environment says. */
final class Amount {
  private Amount() {}

  static int of(String variable, int usual) {
    String given = System.getenv(variable);
    return given == null ? usual : Integer.parseInt(given);
  }
}
