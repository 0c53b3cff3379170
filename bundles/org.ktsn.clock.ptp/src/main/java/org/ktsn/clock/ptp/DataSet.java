package org.ktsn.clock.ptp;

import java.nio.ByteBuffer;

/**
 * What a management message carries. Each kind has its identifier, its size and its layout; all
 * numbers are big-endian. Octets that the layouts call reserved are sent as 0 and not read.
 */
sealed interface DataSet
    permits DefaultDataSet,
        CurrentDataSet,
        ParentDataSet,
        TimePropertiesDataSet,
        PortDataSet,
        TimeStatus,
        EventSubscription {
  /** Returns the kind. */
  ManagementId id();

  /** Writes exactly as many octets as its kind has. */
  void encode(ByteBuffer out);

  /** Reads a data set of a kind; there are at least as many octets as the kind has. */
  static DataSet decode(ManagementId id, ByteBuffer in) {
    return switch (id) {
      case DEFAULT_DATA_SET -> DefaultDataSet.decode(in);
      case CURRENT_DATA_SET -> CurrentDataSet.decode(in);
      case PARENT_DATA_SET -> ParentDataSet.decode(in);
      case TIME_PROPERTIES_DATA_SET -> TimePropertiesDataSet.decode(in);
      case PORT_DATA_SET -> PortDataSet.decode(in);
      case TIME_STATUS_NP -> TimeStatus.decode(in);
      case SUBSCRIBE_EVENTS_NP -> EventSubscription.decode(in);
    };
  }
}
