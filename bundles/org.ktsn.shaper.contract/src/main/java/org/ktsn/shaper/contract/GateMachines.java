package org.ktsn.shaper.contract;

import java.math.BigInteger;
import java.util.List;
import org.ktsn.api.schedule.CycleTime;
import org.ktsn.api.schedule.GateControlEntry;
import org.ktsn.api.schedule.GateParameters;

/**
 * The cycle timer, list execute and list config state machines of IEEE 802.1Q-2022 8.6.9, executed
 * literally, tick by tick, one tick a nanosecond: the oracle for {@link
 * org.ktsn.api.schedule.GateTimeline} and {@link org.ktsn.api.schedule.GateSchedule}. Slow and
 * obvious; shares no code with them.
 */
final class GateMachines {
  private enum ListState {
    EXECUTE_CYCLE,
    DELAY,
    END_OF_CYCLE
  }

  private static final GateParameters IDLE = GateParameters.open();

  private long currentTime = -1;

  private GateParameters admin = GateParameters.open();
  private GateParameters oper = GateParameters.open();
  private boolean gateEnabled;
  private boolean operating; // a list was copied to Oper and runs

  private boolean configPending;
  private long configChangeTime;
  private long configChangeError;

  private boolean newConfigCt;
  private boolean cycleStart;
  private boolean timerArmed;
  private long cycleStartTime;
  private BigInteger nextCycle = BigInteger.ZERO; // the number that cycleStartTime belongs to
  private BigInteger cycleInProgress = BigInteger.ONE.negate();

  private ListState listState = ListState.END_OF_CYCLE;
  private int listPointer;
  private long exitTimer;
  private int operGateStates = 0xff;

  long configChangeError() {
    return configChangeError;
  }

  boolean configPending() {
    return configPending;
  }

  /** Writes the admin parameters at the present tick and raises ConfigChange. */
  void configChange(GateParameters parameters) {
    admin = parameters;
    gateEnabled = parameters.gateEnabled();
    if (!gateEnabled) {
      configPending = false;
      operating = false;
      timerArmed = false;
    } else {
      if (admin.baseTimeNs() >= currentTime) {
        configChangeTime = admin.baseTimeNs();
      } else {
        configChangeTime = start(admin, firstCycleAtOrAfter(admin, currentTime));
        configChangeError += operating ? 1 : 0;
      }
      configPending = true;
      if (operating) {
        setCycleStartTime(); // ConfigChange in mid-cycle: the next start is found anew
      }
    }
    settle();
  }

  /** Goes to the next nanosecond. */
  void tick() {
    currentTime++;
    if (listState == ListState.DELAY) {
      exitTimer--;
    }
    settle();
  }

  /** Returns the next instant at which one of the machines moves, if nothing is configured. */
  long nextMoveNs() {
    long configNs = configPending ? configChangeTime : Long.MAX_VALUE;
    long cycleNs = timerArmed ? cycleStartTime : Long.MAX_VALUE;
    long entryNs = listState == ListState.DELAY ? currentTime + exitTimer : Long.MAX_VALUE;
    return Math.min(configNs, Math.min(cycleNs, entryNs));
  }

  /** Goes to an instant before {@link #nextMoveNs} at once. */
  void rest(long untilNs) {
    if (listState == ListState.DELAY) {
      exitTimer -= untilNs - currentTime;
    }
    currentTime = untilNs;
  }

  int operGateStates() {
    return operGateStates;
  }

  /** Returns the parameters whose list runs; without a list, {@link GateParameters#open()}. */
  GateParameters running() {
    return gateEnabled && operating ? oper : IDLE;
  }

  /** Runs all three machines until none moves. */
  private void settle() {
    // List config
    if (configPending && configChangeTime <= currentTime) {
      oper = admin;
      configPending = false;
      operating = true;
      newConfigCt = true;
    }
    // Cycle timer
    if (newConfigCt) {
      newConfigCt = false;
      cycleStart = false;
      cycleInProgress = BigInteger.ONE.negate();
      setCycleStartTime();
    }
    if (timerArmed && cycleStartTime <= currentTime) {
      cycleStart = true;
      cycleInProgress = nextCycle;
      setCycleStartTime();
    }
    // List execute
    if (!gateEnabled || !operating) {
      operGateStates = admin.adminGateStates();
      listState = ListState.END_OF_CYCLE;
      exitTimer = 0;
      listPointer = 0;
      return;
    }
    if (cycleStart) {
      cycleStart = false;
      listPointer = 0;
      listState = oper.controlList().isEmpty() ? ListState.END_OF_CYCLE : ListState.EXECUTE_CYCLE;
    }
    if (oper.controlList().isEmpty()) {
      operGateStates = oper.adminGateStates();
      return;
    }
    if (listState == ListState.DELAY && exitTimer == 0) {
      listState = ListState.EXECUTE_CYCLE;
    }
    if (listState == ListState.EXECUTE_CYCLE) {
      List<GateControlEntry> list = oper.controlList();
      GateControlEntry entry = list.get(listPointer++);
      operGateStates = entry.gateStates();
      exitTimer = entry.timeIntervalNs() == 0 ? 1 : entry.timeIntervalNs();
      listState = listPointer < list.size() ? ListState.DELAY : ListState.END_OF_CYCLE;
    }
  }

  /** The next start after the cycle in progress: cases a to d, seen from that cycle's start. */
  private void setCycleStartTime() {
    timerArmed = true;
    BigInteger regular = cycleInProgress.add(BigInteger.ONE);
    if (configPending && configChangeTime <= start(oper, regular) + oper.cycleTimeExtensionNs()) {
      timerArmed = false; // case d: UPDATE_CONFIG starts the timer again at that instant
      return;
    }
    nextCycle = regular.max(firstCycleAtOrAfter(oper, currentTime));
    cycleStartTime = start(oper, nextCycle);
  }

  private static BigInteger firstCycleAtOrAfter(GateParameters parameters, long timeNs) {
    if (parameters.baseTimeNs() >= timeNs) {
      return BigInteger.ZERO;
    }
    long cycleNs = Math.max(1, parameters.cycleTime().nanosecondsRoundedDown());
    long low = (timeNs - parameters.baseTimeNs()) / (cycleNs + 1);
    BigInteger cycle = BigInteger.valueOf(low);
    while (start(parameters, cycle) < timeNs) {
      cycle = cycle.add(BigInteger.ONE);
    }
    return cycle;
  }

  private static long start(GateParameters parameters, BigInteger cycle) {
    CycleTime time = parameters.cycleTime();
    return cycle
        .multiply(BigInteger.valueOf(time.numerator()))
        .multiply(BigInteger.valueOf(1_000_000_000))
        .divide(BigInteger.valueOf(time.denominator()))
        .add(BigInteger.valueOf(parameters.baseTimeNs()))
        .longValueExact();
  }
}
