package org.ktsn.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ktsn.cli.CommandFailure;

class CniPluginTest {
  private static final CniPlugin.Attachment ATTACHMENT =
      new CniPlugin.Attachment("c1", Path.of("/run/netns/x"), "cni0");

  @TempDir private Path folder;

  @Test
  void shouldCallAsARuntimeDoes() throws IOException {
    CniPlugin plugin =
        plugin("echo $CNI_COMMAND $CNI_CONTAINERID $CNI_NETNS $CNI_IFNAME $CNI_PATH $HOME; cat");
    CniPlugin.Answer answer = plugin.call("ADD", ATTACHMENT, plugin.config());
    assertEquals("ADD c1 /run/netns/x cni0 /plugins\n{\"name\":\"n\"}", answer.output());
    assertTrue(answer.tookNs() > 0);
  }

  @Test
  void shouldPassOnWhatAPluginComplainsOf() throws IOException {
    CniPlugin plugin = plugin("echo '{\"code\":11}'; exit 1");
    CommandFailure failure =
        assertThrows(CommandFailure.class, () -> plugin.call("DEL", ATTACHMENT, plugin.config()));
    assertEquals("fake failed at DEL: {\"code\":11}", failure.getMessage());
  }

  private CniPlugin plugin(String script) throws IOException {
    Path file = Files.writeString(folder.resolve("fake"), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    JsonObject config = new JsonObject();
    config.addProperty("name", "n");
    return new CniPlugin("fake", file, "/plugins", config);
  }
}
