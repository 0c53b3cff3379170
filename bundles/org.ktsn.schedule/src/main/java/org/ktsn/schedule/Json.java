package org.ktsn.schedule;

import java.util.List;
import java.util.Map;

/** A JSON value as it stands in the document. */
sealed interface Json {
  /** An object; its members in the order of the document. */
  record Members(Map<String, Json> members) implements Json {}

  /** An array. */
  record Elements(List<Json> elements) implements Json {}

  /** A string. */
  record Text(String text) implements Json {}

  /** A number as it is written, however long. */
  record Digits(String literal) implements Json {}

  /** True or false. */
  record Truth(boolean value) implements Json {}

  /** The value null. */
  record Null() implements Json {}
}
