package org.ktsn.shell;

/** Says in a sentence that a service is away. */
final class Service {
  private Service() {}

  /**
   * Returns the service.
   *
   * @param service what the framework gave, null if there is none
   * @param what what it does, for instance "pods"
   * @throws CommandException if it is away
   */
  static <T> T need(T service, String what) {
    if (service == null) {
      throw new CommandException(
          "no running component offers " + what + "; ktsn:health tells what is missing and why");
    }
    return service;
  }
}
