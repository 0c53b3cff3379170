package org.ktsn.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A container whose runtime is gone with it, or was answered in KTSNd's place. */
@ExtendWith(Node.class)
final class AbandonedContainerSystemTest {
  private static final String NAMESPACE = "ktitgone";

  @Test
  @Timeout(90)
  void shouldGiveBackInterfaceAndAddressThoughNobodyAsks() throws IOException {
    ContainerNetworks networks = ContainerNetworks.make("ktitbr8");
    Path addresses = networks.directory().resolve("addresses");
    ip("add").expect(0);
    try {
      ContainerNetworks.Outcome added =
          networks.plugin(
              Map.of(
                  "CNI_COMMAND", "ADD",
                  "CNI_CONTAINERID", "gone",
                  "CNI_NETNS", "/run/netns/" + NAMESPACE,
                  "CNI_IFNAME", "tsn0"),
              config(addresses));
      assertEquals(0, added.exitCode(), added.output());
      Path address = addresses.resolve("abandoned/10.82.0.2");
      Node.await("an address is given", 1, () -> address.toFile().exists());
      ip("del").expect(0);
      Node.await("the address is given back", 30, () -> !address.toFile().exists());
      ContainerNetworks.assertNothingLeft();
    } finally {
      ip("del").end(10);
      networks.close();
    }
  }

  private static Command ip(String verb) {
    return Command.start(Map.of(), List.of("ip", "netns", verb, NAMESPACE)).end(10);
  }

  private static JsonObject config(Path addresses) {
    return JsonParser.parseString(
            ("{'cniVersion':'1.0.0','name':'abandoned','type':'tsn-cni','instance':'%s',"
                    + "'ipam':{'type':'host-local','subnet':'10.82.0.0/24','dataDir':'%s'}}")
                .formatted(Node.INSTANCE, addresses)
                .replace('\'', '"'))
        .getAsJsonObject();
  }
}
