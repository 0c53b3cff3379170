package org.ktsn.yang;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Where a value stands in its document. Written out only when somebody asks: a document may have
 * many values below a long name.
 *
 * @param parent the place above; none for the document
 * @param step a member's name or an element's index
 */
record Place(Optional<Place> parent, Object step) {
  static final Place DOCUMENT = new Place(Optional.empty(), "");

  Place below(Object name) {
    return new Place(Optional.of(this), name);
  }

  /** Returns it as a JSON pointer (RFC 6901). */
  String pointer() {
    Deque<String> steps = new ArrayDeque<>();
    for (Place place = this; place.parent.isPresent(); place = place.parent.get()) {
      steps.addFirst("/" + place.step.toString().replace("~", "~0").replace("/", "~1"));
    }
    return String.join("", steps);
  }
}
