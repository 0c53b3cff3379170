package org.ktsn.cni;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attachments, each a file {@code PODNAME.json}: they are many, and come and go one by one. Any
 * thread; one at a time for the same attachment.
 */
final class AttachmentStore {
  private static final Logger LOG = LoggerFactory.getLogger(AttachmentStore.class);

  private final Path directory;
  private final Map<String, Attachment> attachments = new ConcurrentSkipListMap<>();

  /** Reads what an earlier run wrote. What makes no sense is set aside as {@code *.json.bad}. */
  AttachmentStore(Path directory) {
    this.directory = directory;
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[!.]*.json")) {
      DurableFiles.removeDrafts(directory, "", "");
      for (Path file : files) {
        load(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the attachments in " + directory + " can't be read: " + e.getMessage(), e);
    }
  }

  private void load(Path file) throws IOException {
    try {
      Attachment attachment =
          Attachment.fromJson(JsonParser.parseString(Files.readString(file)).getAsJsonObject());
      attachments.put(attachment.podName(), attachment);
    } catch (RuntimeException e) {
      Path aside = file.resolveSibling(file.getFileName() + ".bad");
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      LOG.error("event=state-unreadable file={} reason=\"{}\"", aside, e.getMessage());
    }
  }

  List<Attachment> all() {
    return List.copyOf(attachments.values());
  }

  Optional<Attachment> get(String podName) {
    return Optional.ofNullable(attachments.get(podName));
  }

  /** Writes an attachment down; it is durable when this returns. */
  void save(Attachment attachment) {
    try {
      DurableFiles.write(file(attachment.podName()), attachment.toJson().toString());
    } catch (IOException e) {
      throw failed("written", e);
    }
    attachments.put(attachment.podName(), attachment);
  }

  /** Forgets an attachment; nothing happens if there is none. */
  void remove(String podName) {
    try {
      DurableFiles.remove(file(podName));
    } catch (IOException e) {
      throw failed("removed", e);
    }
    attachments.remove(podName);
  }

  private CniException failed(String what, IOException e) {
    return new CniException(
        CniCode.IO_FAILURE,
        "the attachment's record in "
            + directory
            + " can't be "
            + what
            + " ("
            + e.getMessage()
            + "); see that there is room and that KTSNd may write there, or name another"
            + " ktsn.state",
        e);
  }

  private Path file(String podName) {
    return directory.resolve(podName + ".json");
  }
}
