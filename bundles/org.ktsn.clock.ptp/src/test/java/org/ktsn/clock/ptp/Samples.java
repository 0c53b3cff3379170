package org.ktsn.clock.ptp;

import java.util.List;
import java.util.Set;
import org.ktsn.foreign.SystemClocks;

/** Data sets as ptp4l gives them, with what a test wants to be different. */
record Samples(
    long offsetNs,
    long ingressTimeNs,
    PortState port,
    boolean grandmasterItself,
    TimePropertiesDataSet time,
    int domainNumber) {
  static final long SELF = 0x5e5647fffe768406L;
  static final long MASTER = 0xfe2abffffe942464L;
  static final TimePropertiesDataSet ARBITRARY = new TimePropertiesDataSet(37, 0, 0xa0);
  static final TimePropertiesDataSet TAI_VALID = new TimePropertiesDataSet(37, 4 | 8 | 16, 0x20);
  static final TimePropertiesDataSet TAI_NOT_VALID = new TimePropertiesDataSet(37, 8, 0xa0);

  static Samples slave(long offsetNs, long ingressTimeNs) {
    return new Samples(offsetNs, ingressTimeNs, PortState.SLAVE, false, ARBITRARY, 0);
  }

  Samples with(PortState state) {
    return new Samples(offsetNs, ingressTimeNs, state, grandmasterItself, time, domainNumber);
  }

  Samples with(TimePropertiesDataSet properties) {
    return new Samples(offsetNs, ingressTimeNs, port, grandmasterItself, properties, domainNumber);
  }

  Samples asGrandmaster() {
    return new Samples(offsetNs, ingressTimeNs, PortState.MASTER, true, time, domainNumber);
  }

  DataSet dataSet(ManagementId id, int portNumber) {
    long grandmaster = grandmasterItself ? SELF : MASTER;
    return switch (id) {
      case DEFAULT_DATA_SET ->
          new DefaultDataSet(3, 2, 200, 255, 0xfe, 0xffff, 128, SELF, domainNumber);
      case CURRENT_DATA_SET -> new CurrentDataSet(1, offsetNs << 16, 1577L << 16);
      case PARENT_DATA_SET ->
          new ParentDataSet(
              new PortIdentity(grandmaster, 1),
              0,
              0xffff,
              0x7fffffff,
              10,
              248,
              0xfe,
              0xffff,
              128,
              grandmaster);
      case TIME_PROPERTIES_DATA_SET -> time;
      case PORT_DATA_SET ->
          new PortDataSet(
              new PortIdentity(SELF, portNumber),
              portNumber == 1 ? number(port) : number(PortState.FAULTY),
              -3,
              0,
              -3,
              3,
              -3,
              1,
              0,
              2);
      case TIME_STATUS_NP ->
          new TimeStatus(
              offsetNs, ingressTimeNs, 0, 0, 0, 0, 0, 0, grandmasterItself ? 0 : 1, grandmaster);
      case SUBSCRIBE_EVENTS_NP -> new EventSubscription(60, Set.of(0));
    };
  }

  Observation observation(SystemClocks.Reading clocks) {
    return new Observation(
        (DefaultDataSet) dataSet(ManagementId.DEFAULT_DATA_SET, 0),
        (TimeStatus) dataSet(ManagementId.TIME_STATUS_NP, 0),
        (CurrentDataSet) dataSet(ManagementId.CURRENT_DATA_SET, 0),
        (ParentDataSet) dataSet(ManagementId.PARENT_DATA_SET, 0),
        (TimePropertiesDataSet) dataSet(ManagementId.TIME_PROPERTIES_DATA_SET, 0),
        List.of((PortDataSet) dataSet(ManagementId.PORT_DATA_SET, 1)),
        clocks);
  }

  private static int number(PortState state) {
    return List.of(PortState.values()).indexOf(state);
  }
}
