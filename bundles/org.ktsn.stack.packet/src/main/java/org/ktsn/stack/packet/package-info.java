/**
 * Layer 2 for pods: frames as the program wrote them, judged, and otherwise left alone.
 *
 * <p>Two threads tell of a pod's end of its link ({@link org.ktsn.stack.packet.KnownEnds}); the
 * <em>planner thread</em> reads that and copies frames.
 */
package org.ktsn.stack.packet;
