package org.ktsn.api.time;

/**
 * Why the clock is as good as it is.
 *
 * @param code for programs, in snake_case: {@code tai_offset_zero}
 * @param sentence for people: names the thing, the value and the remedy
 */
public record ClockReason(String code, String sentence) {}
