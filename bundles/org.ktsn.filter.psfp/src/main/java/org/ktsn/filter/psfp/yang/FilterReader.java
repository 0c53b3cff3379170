package org.ktsn.filter.psfp.yang;

import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.ktsn.filter.psfp.model.StreamFilter;
import org.ktsn.yang.YangNode;
import org.ktsn.yang.YangObject;

/** Reads an entry of {@code stream-filter-instance-table} (IEEE 802.1Q-2022 12.31.2). */
final class FilterReader {
  private static final Set<String> MEMBERS =
      Set.of(
          "stream-filter-instance-id",
          YangNames.WILDCARD,
          "stream-handle",
          "priority-spec",
          "max-sdu-size",
          "stream-blocked-due-to-oversize-frame-enabled",
          "stream-blocked-due-to-oversize-frame",
          "stream-gate-ref",
          "flow-meter-ref",
          "flow-meter-enable");
  private static final Set<String> STATE =
      Set.of(
          "matching-frames-count",
          "passing-frames-count",
          "not-passing-frames-count",
          "red-frames-count",
          "passing-sdu-count",
          "not-passing-sdu-count");

  private FilterReader() {}

  static StreamFilter read(YangNode node) {
    YangObject filter = YangNames.MODEL.read(node, MEMBERS, STATE);
    int priority = filter.requiredChoice("priority-spec", YangNames.PRIORITY_SPEC, -1);
    return new StreamFilter(
        filter.requiredNumber("stream-filter-instance-id", 0, YangObject.MAX_UINT32),
        streamHandle(filter),
        priority < 0 ? OptionalInt.empty() : OptionalInt.of(priority),
        filter.requiredNumber("max-sdu-size", 0, YangObject.MAX_UINT32),
        filter.boolOrFalse("stream-blocked-due-to-oversize-frame-enabled"),
        filter.bool("stream-blocked-due-to-oversize-frame"),
        filter.requiredNumber("stream-gate-ref", 0, YangObject.MAX_UINT32),
        meter(filter));
  }

  private static OptionalLong streamHandle(YangObject filter) {
    boolean wildcard = filter.optional(YangNames.WILDCARD).map(YangNode::empty).orElse(false);
    OptionalLong handle = filter.number("stream-handle", 0, YangObject.MAX_UINT32);
    boolean both = filter.members().containsKey(YangNames.WILDCARD);
    boolean one = filter.members().containsKey("stream-handle");
    if (both && one) {
      filter.node().problem("has both wildcard and stream-handle; keep one");
    } else if (!both && !one && filter.node().isObject()) {
      filter.node().problem("has neither stream-handle nor wildcard; give one");
    }
    return wildcard ? OptionalLong.empty() : handle;
  }

  private static OptionalLong meter(YangObject filter) {
    OptionalLong meter = filter.number("flow-meter-ref", 0, YangObject.MAX_UINT32);
    boolean enabled = filter.bool("flow-meter-enable").orElse(meter.isPresent());
    if (enabled && !filter.members().containsKey("flow-meter-ref")) {
      filter.node().problem("has flow-meter-enable true and no flow-meter-ref; give it");
    }
    return enabled ? meter : OptionalLong.empty();
  }
}
