package org.ktsn.api.schedule;

/**
 * A stretch of a {@link GateTimeline}, from {@link #fromNs()} until before {@link #toNs()}, in
 * which the gates follow one rule. Instants given to its methods lie within it. Nothing allocates.
 */
sealed interface Span {
  /** The start of no cycle. */
  long NO_CYCLE = Long.MIN_VALUE;

  long fromNs();

  long toNs();

  /** Returns the states of all gates. */
  int states(long atNs);

  /**
   * Returns the first later instant at which the gate of a class (or any, {@link
   * GateProgram#ANY_CLASS}) stands otherwise than at {@code atNs}, or {@link #toNs()} if that does
   * not happen before.
   */
  long nextChange(int column, long atNs);

  /**
   * Returns {@code atNs}, or a later instant before which no window of a class that opens at {@code
   * atNs} or later is long enough; {@link GateTimeline#NEVER} if none will ever be.
   */
  default long skipShortWindows(int trafficClass, long atNs, long durationNs) {
    return atNs;
  }

  /** Returns the start of the cycle in progress, or {@link #NO_CYCLE}. */
  long cycleStartNs(long atNs);

  /** Returns the part of it between two instants; empty if the one is not before the other. */
  Span between(long partFromNs, long partToNs);

  /** The gates hold still. */
  record Held(long fromNs, long toNs, int heldStates) implements Span {
    @Override
    public int states(long atNs) {
      return heldStates;
    }

    @Override
    public long nextChange(int column, long atNs) {
      return toNs;
    }

    @Override
    public long cycleStartNs(long atNs) {
      return NO_CYCLE;
    }

    @Override
    public Span between(long partFromNs, long partToNs) {
      return new Held(partFromNs, partToNs, heldStates);
    }
  }

  /** One cycle that a change cuts or stretches: the list runs once and its last entry is held. */
  record OneCycle(long fromNs, long toNs, GateProgram program) implements Span {
    @Override
    public int states(long atNs) {
      return program.states(program.entryAt(atNs - fromNs, program.length()));
    }

    @Override
    public long nextChange(int column, long atNs) {
      int entry = program.entryAt(atNs - fromNs, program.length());
      int next = program.nextChange(column, entry);
      return next < program.length()
          ? Math.min(toNs, GateTimeline.later(fromNs, program.offsetNs(next)))
          : toNs;
    }

    @Override
    public long cycleStartNs(long atNs) {
      return fromNs;
    }

    /** The list runs from its beginning, so only the end can be cut; a change follows it. */
    @Override
    public Span between(long partFromNs, long partToNs) {
      return partFromNs == fromNs
          ? new OneCycle(fromNs, partToNs, program)
          : new Held(partToNs, partToNs, 0);
    }
  }

  /**
   * Whole cycles, one after the other; it ends with the end of a cycle or never, unless it was cut.
   */
  record Cycles(long fromNs, long toNs, GateProgram program) implements Span {
    @Override
    public int states(long atNs) {
      return program.states(entryAt(atNs));
    }

    @Override
    public long nextChange(int column, long atNs) {
      int entry = entryAt(atNs);
      int next = program.nextChange(column, entry);
      if (next < program.regularEntries()) {
        return GateTimeline.later(program.phase().startOf(atNs), program.offsetNs(next));
      }
      long endNs = program.phase().endOf(atNs);
      if (endNs >= toNs) {
        return toNs;
      }
      if (program.differ(column, entry, 0)) {
        return endNs;
      }
      next = program.nextChange(column, 0);
      return next < program.regularEntries()
          ? GateTimeline.later(endNs, program.offsetNs(next))
          : toNs;
    }

    @Override
    public long skipShortWindows(int trafficClass, long atNs, long durationNs) {
      if (durationNs <= program.longestOpenNs(trafficClass)) {
        return atNs;
      }
      // What opens in the last cycle may stay open beyond it.
      return toNs == GateTimeline.NEVER
          ? GateTimeline.NEVER
          : Math.max(atNs, program.phase().startOf(toNs - 1));
    }

    @Override
    public long cycleStartNs(long atNs) {
      return program.phase().startOf(atNs);
    }

    @Override
    public Span between(long partFromNs, long partToNs) {
      return new Cycles(partFromNs, partToNs, program);
    }

    private int entryAt(long atNs) {
      long offsetNs = atNs - program.phase().startOf(atNs);
      return program.entryAt(offsetNs, program.regularEntries());
    }
  }
}
