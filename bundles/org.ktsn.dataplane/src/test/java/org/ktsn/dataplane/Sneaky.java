package org.ktsn.dataplane;

/** Throws what the compiler would have declared. */
final class Sneaky {
  private Sneaky() {}

  static void raise(Throwable thrown) {
    Sneaky.<RuntimeException>unchecked(thrown);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> void unchecked(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
