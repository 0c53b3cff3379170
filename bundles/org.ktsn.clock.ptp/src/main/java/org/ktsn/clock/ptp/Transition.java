package org.ktsn.clock.ptp;

import org.ktsn.api.time.ClockState;

/** One change of the clock's state, with the reason at that moment. */
record Transition(ClockState from, ClockState to, long atTaiNs, String reason) {}
