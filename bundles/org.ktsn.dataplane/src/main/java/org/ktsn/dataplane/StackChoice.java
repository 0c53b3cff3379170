package org.ktsn.dataplane;

import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.NetworkStack;
import org.osgi.framework.ServiceReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which stack serves which address family: of those that name the family ({@link
 * NetworkStack#FAMILY}) the one with the highest ranking, and none that has failed. Control
 * threads, one at a time.
 */
final class StackChoice {
  private static final Logger LOG = LoggerFactory.getLogger(StackChoice.class);

  private final StackStages stages;
  private final RankedStages<NetworkStack> stacks = new RankedStages<>();
  private final Map<AddressFamily, NetworkStack> chosen = new EnumMap<>(AddressFamily.class);

  StackChoice(StackStages stages) {
    this.stages = stages;
  }

  /** A stack comes. */
  void add(ServiceReference<NetworkStack> reference, NetworkStack stack) {
    stacks.add(reference, stack);
    complain(reference, stack);
    offer();
  }

  /** A stack's families or ranking may be others; one that failed is tried anew. */
  void updated(ServiceReference<NetworkStack> reference, NetworkStack stack) {
    if (stages.hasFailed(stack)) {
      stages.forgive(stack);
      chosen.values().removeIf(failed -> failed == stack);
    }
    complain(reference, stack);
    offer();
  }

  /** A stack goes: the planner has left it when this returns. */
  void remove(ServiceReference<NetworkStack> reference, NetworkStack stack) {
    stacks.remove(reference);
    offer();
    stages.forgive(stack);
  }

  /** Offers each family another stack if another one is wanted by now. */
  private void offer() {
    for (AddressFamily family : AddressFamily.values()) {
      NetworkStack wanted =
          stacks
              .best(
                  (reference, stack) ->
                      families(reference).contains(family) && !stages.hasFailed(stack))
              .orElse(NoStages.STACK);
      NetworkStack before = chosen.getOrDefault(family, NoStages.STACK);
      if (wanted != before) {
        chosen.put(family, wanted);
        stages.slot(family).offer(wanted);
        LOG.info(
            "event=stack-in-use family={} stack={}",
            family,
            wanted == NoStages.STACK ? "none" : IngressStage.className(wanted));
      }
    }
  }

  private static Set<AddressFamily> families(ServiceReference<NetworkStack> reference) {
    Set<AddressFamily> families = EnumSet.noneOf(AddressFamily.class);
    for (Object name : names(reference)) {
      for (AddressFamily family : AddressFamily.values()) {
        if (family.name().equals(name)) {
          families.add(family);
        }
      }
    }
    return families;
  }

  private static Collection<?> names(ServiceReference<NetworkStack> reference) {
    return switch (reference.getProperty(NetworkStack.FAMILY)) {
      case null -> List.of(AddressFamily.INET.name());
      case Object[] several -> List.of(several);
      case Collection<?> several -> several;
      case Object one -> List.of(one);
    };
  }

  /** Somebody will look for the stack that nobody asks. */
  private static void complain(ServiceReference<NetworkStack> reference, NetworkStack stack) {
    for (Object name : names(reference)) {
      if (List.of(AddressFamily.values()).stream().noneMatch(f -> f.name().equals(name))) {
        LOG.error(
            "event=stack-family-unknown stack={} {}={} action=none reason=\"give one of {}\"",
            IngressStage.className(stack),
            NetworkStack.FAMILY,
            name,
            List.of(AddressFamily.values()));
      }
    }
  }
}
