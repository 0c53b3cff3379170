package org.ktsn.dataplane;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.ktsn.api.stack.AddressFamily;
import org.ktsn.api.stack.NetworkStack;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stacks' places in the data plane, one for each address family: a stack comes, goes and fails
 * without the others' noticing. One that fails is taken out; until another one of its family comes,
 * frames wait for their next hop, datagrams of IPv4 in their rings, and others are dropped. Planner
 * thread only, but for what says otherwise.
 */
final class StackStages {
  private static final Logger LOG = LoggerFactory.getLogger(StackStages.class);

  private final Map<AddressFamily, StackStage> stages = new EnumMap<>(AddressFamily.class);

  /** The same, to go over without allocation. */
  private final StackStage[] all;

  private final Set<Failed> failures = ConcurrentHashMap.newKeySet();

  /** A stack that has failed, whatever it says of being equal. */
  private record Failed(NetworkStack stack) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Failed(NetworkStack that) && that == stack;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(stack);
    }
  }

  /**
   * Makes stages without stacks.
   *
   * @param monotonic a clock in nanoseconds that nobody sets
   * @param roomOctets how many octets a packet buffer has
   */
  StackStages(
      Lives lives,
      LongSupplier monotonic,
      int roomOctets,
      Runnable wakePlanner,
      BooleanSupplier plannerRuns) {
    for (AddressFamily family : AddressFamily.values()) {
      stages.put(
          family,
          new StackStage(
              family, lives, monotonic, roomOctets, wakePlanner, plannerRuns, this::failed));
    }
    all = stages.values().toArray(StackStage[]::new);
  }

  /** Where a family's stacks are offered. Any thread. */
  StageSlot<NetworkStack> slot(AddressFamily family) {
    return of(family).slot();
  }

  /** Returns a family's stage. */
  StackStage of(AddressFamily family) {
    return stages.get(family);
  }

  /** Takes up what is offered; returns how much was done. */
  int begin() {
    int work = 0;
    for (StackStage stage : all) {
      work += stage.begin();
    }
    return work;
  }

  /** Tells whether a stack has failed since it came. Any thread. */
  boolean hasFailed(NetworkStack stack) {
    return failures.contains(new Failed(stack));
  }

  /** A stack goes, or is to be tried anew. Any thread. */
  void forgive(NetworkStack stack) {
    failures.remove(new Failed(stack));
  }

  /** It is taken out of every family: a thread that was the planner's may still be in its code. */
  private void failed(NetworkStack failed, Throwable why) {
    LOG.error(
        "event=stack-failed stack={} action=wait-for-another", IngressStage.className(failed), why);
    failures.add(new Failed(failed));
    for (StackStage stage : all) {
      stage.takeOut(failed);
    }
  }
}
