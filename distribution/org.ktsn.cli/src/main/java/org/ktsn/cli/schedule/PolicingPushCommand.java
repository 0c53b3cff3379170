package org.ktsn.cli.schedule;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.concurrent.Callable;
import org.ktsn.cli.ControlException;
import org.ktsn.mqtt.protocol.DocumentMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code psfp push}: sends a policing document to nodes; the nodes judge it. */
@Command(
    name = "push",
    description = "Sends a policing document to nodes and waits until it is in force.")
public final class PolicingPushCommand implements Callable<Integer> {
  /** The part of a node that polices, and the member of its messages. */
  static final String PART = "policing";

  @Spec private CommandSpec spec;
  @Mixin private BrokerOptions options = new BrokerOptions();
  @Mixin private Push push = new Push();

  @Parameters(paramLabel = "FILE", description = "the document, JSON; - for standard input")
  private String file;

  /** Made by the command line. */
  public PolicingPushCommand() {}

  @Override
  public Integer call() {
    String document = document();
    return push.run(
        spec,
        options,
        PART,
        (id, version, node) -> DocumentMessage.encode(id, version, node, PART, document),
        NodeProgress.State.OPERATIONAL);
  }

  /** It is sent as it is written: a member that appears twice is for the node to refuse. */
  private String document() {
    String text = ScheduleFile.text(file);
    String document = text.startsWith("\ufeff") ? text.substring(1) : text;
    try {
      JsonObject parsed = JsonParser.parseString(document).getAsJsonObject();
      return parsed.isEmpty() ? "{}" : document;
    } catch (JsonParseException | IllegalStateException e) {
      throw new ControlException(
          file + " holds no JSON object; write policing as docs/police-streams.md shows", e);
    }
  }
}
