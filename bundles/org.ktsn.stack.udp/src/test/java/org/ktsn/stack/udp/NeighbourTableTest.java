package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class NeighbourTableTest {
  @Property
  void shouldFindWhatIsThereAndNothingElse(
      @ForAll @Size(max = 200) Map<Integer, Integer> macs, @ForAll int other) {
    Map<Integer, Long> entries =
        macs.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    entry ->
                        NeighbourTable.entry(
                            NeighbourTable.STALE, entry.getValue() & 0xffff_ffffL)));
    NeighbourTable table = NeighbourTable.of(entries);
    entries.forEach((address, entry) -> assertEquals(entry, table.find(address)));
    assertEquals(entries.getOrDefault(other, 0L), table.find(other));
  }

  @Test
  void shouldPackStateAndMac() {
    long entry = NeighbourTable.entry(NeighbourTable.REACHABLE, 0xffff_ffff_fffeL);
    assertEquals(NeighbourTable.REACHABLE, NeighbourTable.state(entry));
    assertEquals(0xffff_ffff_fffeL, NeighbourTable.mac(entry));
  }

  @Test
  void shouldKnowNobodyWhenEmpty() {
    assertEquals(NeighbourTable.UNKNOWN, NeighbourTable.state(NeighbourTable.EMPTY.find(0)));
    assertEquals(NeighbourTable.UNKNOWN, NeighbourTable.state(NeighbourTable.EMPTY.find(-1)));
  }
}
