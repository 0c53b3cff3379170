package org.ktsn.filter.psfp.yang;

import java.util.Set;
import org.ktsn.filter.psfp.model.FlowMeter;
import org.ktsn.yang.YangNode;
import org.ktsn.yang.YangObject;

/** Reads an entry of {@code flow-meter-instance-table} (IEEE 802.1Q-2022 12.31.4). */
final class MeterReader {
  private static final Set<String> MEMBERS =
      Set.of(
          "flow-meter-instance-id",
          "committed-information-rate",
          "committed-burst-size",
          "excess-information-rate",
          "excess-burst-size",
          "coupling-flag",
          "color-mode",
          "drop-on-yellow",
          "mark-all-frames-red-enable",
          "mark-all-frames-red");

  private MeterReader() {}

  static FlowMeter read(YangNode node) {
    YangObject meter = YangNames.MODEL.read(node, MEMBERS);
    return new FlowMeter(
        meter.requiredNumber("flow-meter-instance-id", 0, YangObject.MAX_UINT32),
        meter.requiredNumber64("committed-information-rate", 0, FlowMeter.MAX_RATE),
        meter.requiredNumber("committed-burst-size", 0, FlowMeter.MAX_BURST),
        meter.requiredNumber64("excess-information-rate", 0, FlowMeter.MAX_RATE),
        meter.requiredNumber("excess-burst-size", 0, FlowMeter.MAX_BURST),
        meter.requiredChoice("coupling-flag", YangNames.COUPLING_FLAG, false),
        meter.requiredChoice("color-mode", YangNames.COLOR_MODE, false),
        meter.requiredBool("drop-on-yellow"),
        meter.boolOrFalse("mark-all-frames-red-enable"),
        meter.bool("mark-all-frames-red"));
  }
}
