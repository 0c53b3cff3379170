package org.ktsn.clock.ptp;

/** The one TLV of a management message (IEEE 1588-2019 15.5.2). */
sealed interface ManagementTlv {
  /** Returns the management identifier, as on the wire. */
  int managementId();

  /**
   * A question. What data it carries has no meaning; linuxptp sends as many zeros as the answer
   * has, or none.
   */
  record Query(int managementId, int meaninglessOctets) implements ManagementTlv {}

  /** A data set, as an answer, an event or an order. */
  record Content(DataSet dataSet) implements ManagementTlv {
    @Override
    public int managementId() {
      return dataSet.id().value();
    }
  }

  /** A data set of a kind that the monitor does not know; its octets are not kept. */
  record Unknown(int managementId) implements ManagementTlv {}

  /** A refusal (MANAGEMENT_ERROR_STATUS, IEEE 1588-2019 15.5.4). */
  record Refusal(int errorId, int managementId) implements ManagementTlv {
    /** Says what the error means. */
    String meaning() {
      return switch (errorId) {
        case 1 -> "the answer would be too big";
        case 2 -> "there is no such identifier or port";
        case 3 -> "the length is wrong";
        case 4 -> "a value is wrong";
        case 5 -> "it can't be set";
        case 6 -> "it is not supported";
        default -> String.format("error 0x%04x", errorId);
      };
    }
  }
}
