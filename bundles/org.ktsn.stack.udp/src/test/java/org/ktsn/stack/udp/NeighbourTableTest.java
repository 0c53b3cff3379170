package org.ktsn.stack.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class NeighbourTableTest {
  @Property
  void shouldFindWhatIsThereAndNothingElse(
      @ForAll @Size(max = 200) Map<Integer, Integer> macs,
      @ForAll int other,
      @ForAll boolean high) {
    Map<IpAddress, Long> entries =
        macs.entrySet().stream()
            .collect(
                Collectors.toMap(
                    entry -> address(entry.getKey(), high),
                    entry ->
                        NeighbourTable.entry(
                            NeighbourTable.STALE, entry.getValue() & 0xffff_ffffL)));
    NeighbourTable table = NeighbourTable.of(entries);
    entries.forEach((address, entry) -> assertEquals(entry, find(table, address)));
    for (IpAddress tried : List.of(address(other, true), address(other, false))) {
      assertEquals(entries.getOrDefault(tried, 0L), find(table, tried));
    }
  }

  private static IpAddress address(int value, boolean high) {
    return high ? new IpAddress((long) value << 32, 1) : IpAddress.ipv4(value);
  }

  private static long find(NeighbourTable table, IpAddress address) {
    return table.find(address.high(), address.low());
  }

  @Test
  void shouldPackStateAndMac() {
    long entry = NeighbourTable.entry(NeighbourTable.REACHABLE, 0xffff_ffff_fffeL);
    assertEquals(NeighbourTable.REACHABLE, NeighbourTable.state(entry));
    assertEquals(0xffff_ffff_fffeL, NeighbourTable.mac(entry));
  }

  @Test
  void shouldKnowNobodyWhenEmpty() {
    assertEquals(NeighbourTable.UNKNOWN, NeighbourTable.state(NeighbourTable.EMPTY.find(0, 0)));
    assertEquals(NeighbourTable.UNKNOWN, NeighbourTable.state(NeighbourTable.EMPTY.find(-1, -1)));
  }
}
