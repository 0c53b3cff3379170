package org.ktsn.ingress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.ktsn.api.pod.Pod;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second name of a channel's socket, for containers that know their pod's name and not their
 * container's ID: a link to the same socket, renewed whenever that is made. A socket's path may
 * have 107 octets only, and such a name is often longer; a link's may not be.
 */
final class NamedChannel {
  private static final Logger LOG = LoggerFactory.getLogger(NamedChannel.class);

  private NamedChannel() {}

  /**
   * Gives a pod's socket its second name, in place of what an earlier pod of that name left. What
   * lies in the folder may be a container's making: no link in it is followed.
   */
  static void offer(Pod pod) {
    pod.namedChannel()
        .ifPresent(
            folder -> {
              Path draft = folder.resolve(".app.sock.new");
              try {
                Files.createDirectories(folder);
                Files.deleteIfExists(draft);
                Files.createLink(draft, pod.channelSocket());
                Files.move(draft, nameOf(pod, folder), StandardCopyOption.ATOMIC_MOVE);
              } catch (IOException e) {
                LOG.warn(
                    "event=channel-not-named pod={} folder={} reason=\"{}\"",
                    pod.name(),
                    folder,
                    e.toString());
              }
            });
  }

  /** Takes it away again, unless another pod has the name by now. Before the socket is removed. */
  static void withdraw(Pod pod) {
    pod.namedChannel()
        .map(folder -> nameOf(pod, folder))
        .ifPresent(
            name -> {
              try {
                if (Files.exists(name) && Files.isSameFile(name, pod.channelSocket())) {
                  Files.delete(name);
                }
              } catch (IOException e) {
                LOG.warn("event=socket-not-removed socket={} reason=\"{}\"", name, e.toString());
              }
            });
  }

  private static Path nameOf(Pod pod, Path folder) {
    return folder.resolve(pod.channelSocket().getFileName());
  }
}
