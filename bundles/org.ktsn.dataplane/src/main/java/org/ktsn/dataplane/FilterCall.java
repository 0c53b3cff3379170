package org.ktsn.dataplane;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.ktsn.api.filter.Filter;

/**
 * What a filter may be asked or told on the planner's thread. Who leaves a method of {@link Filter}
 * as it is, is not called there: a filter costs what it uses.
 */
enum FilterCall {
  ADMIT("admit"),
  WAITS("waits"),
  INSPECT("inspect"),
  HELD("held"),
  LEAVES("leaves"),
  RETURNED("returned"),
  SENT("sent"),
  DROPPED("dropped"),
  OPENED("opened"),
  HEEDS("heeds"),
  CLOSED("closed"),
  SCHEDULE("schedule"),
  LINK("link"),
  CLOCK_SET("clockSet");

  private final String method;

  FilterCall(String method) {
    this.method = method;
  }

  /** Returns the method's name. */
  String method() {
    return method;
  }

  /** Returns which methods a filter has of its own. A control thread. */
  static Set<FilterCall> of(Filter filter) {
    Set<FilterCall> own = EnumSet.noneOf(FilterCall.class);
    for (Method promised : Filter.class.getMethods()) {
      Optional<FilterCall> call =
          Arrays.stream(values()).filter(any -> any.method.equals(promised.getName())).findAny();
      call.filter(any -> isOwn(filter, promised)).ifPresent(own::add);
    }
    return own;
  }

  private static boolean isOwn(Filter filter, Method promised) {
    try {
      Method made = filter.getClass().getMethod(promised.getName(), promised.getParameterTypes());
      return made.getDeclaringClass() != Filter.class;
    } catch (NoSuchMethodException e) {
      throw new AssertionError("a filter without " + promised, e);
    }
  }
}
