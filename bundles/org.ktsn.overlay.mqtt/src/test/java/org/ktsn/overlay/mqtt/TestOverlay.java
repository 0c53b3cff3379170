package org.ktsn.overlay.mqtt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.ktsn.api.overlay.AnnouncementObserver;
import org.ktsn.api.overlay.OverlayAnnouncements;
import org.ktsn.api.overlay.OverlayService;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.state.StateStore;
import org.ktsn.overlay.OverlayFiles;

/** The real overlay of a node, with a folder of its own. */
final class TestOverlay {
  private final Path file;
  private final OverlayFiles overlay;

  TestOverlay(Path folder, StateStore store) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    file = folder.resolve("pods.overlay");
    overlay = new OverlayFiles(List.of(folder), store);
  }

  void describe(String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    overlay.install(file.toFile());
  }

  void remove() {
    overlay.uninstall(file.toFile());
  }

  void tell(AnnouncementObserver observer) {
    overlay.bindAnnouncer(observer);
  }

  OverlayAnnouncements announcements() {
    return overlay;
  }

  OverlayService service() {
    return overlay;
  }

  PodObserver pods() {
    return overlay;
  }
}
