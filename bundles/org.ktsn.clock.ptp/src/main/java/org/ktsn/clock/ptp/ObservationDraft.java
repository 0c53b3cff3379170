package org.ktsn.clock.ptp;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ktsn.foreign.SystemClocks;

/** The answers of one round, until they make an observation. One thread. */
final class ObservationDraft {
  private final Map<ManagementId, DataSet> dataSets = new EnumMap<>(ManagementId.class);
  private final List<PortDataSet> ports = new ArrayList<>();
  private Optional<SystemClocks.Reading> clocks = Optional.empty();
  private String refusal = "";

  /** Begins a round. */
  void begin() {
    dataSets.clear();
    ports.clear();
    refusal = "";
  }

  /** Keeps a data set, one of each kind. */
  void keep(DataSet dataSet) {
    dataSets.put(dataSet.id(), dataSet);
  }

  /** Keeps a port's data set. */
  void keep(PortDataSet port) {
    ports.add(port);
  }

  /** Keeps what the system's clocks were when the time status came. */
  void keep(SystemClocks.Reading reading) {
    clocks = Optional.of(reading);
  }

  /** Notes that an answer was refused, and which. */
  void refused(String what) {
    refusal = what;
  }

  /** Returns what was refused last; empty if nothing was. */
  String refusal() {
    return refusal;
  }

  /** Returns the observation; empty if something is missing. */
  Optional<Observation> finish() {
    if (!refusal.isEmpty() || clocks.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Observation(
            (DefaultDataSet) dataSets.get(ManagementId.DEFAULT_DATA_SET),
            (TimeStatus) dataSets.get(ManagementId.TIME_STATUS_NP),
            (CurrentDataSet) dataSets.get(ManagementId.CURRENT_DATA_SET),
            (ParentDataSet) dataSets.get(ManagementId.PARENT_DATA_SET),
            (TimePropertiesDataSet) dataSets.get(ManagementId.TIME_PROPERTIES_DATA_SET),
            ports,
            clocks.get()));
  }
}
