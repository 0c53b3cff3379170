package org.ktsn.filter.psfp;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.ktsn.api.policing.PolicingException;
import org.ktsn.api.state.StateStore;
import org.ktsn.filter.psfp.yang.PolicingReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the last good document over restarts. Not thread-safe. */
final class KeptPolicing {
  static final String DOCUMENT = "policing.json";

  private static final Logger LOG = LoggerFactory.getLogger(KeptPolicing.class);
  private static final Gson GSON = new Gson();

  private final StateStore store;

  /**
   * What was asked for.
   *
   * @param origin the file that it stands in; empty if it outlives any file
   * @param document the document
   */
  record Asked(String origin, String document) {}

  KeptPolicing(StateStore store) {
    this.store = store;
  }

  /** Keeps a document; that it can't is logged. */
  void keep(Asked asked) {
    try {
      store.write(DOCUMENT, GSON.toJson(asked));
    } catch (UncheckedIOException e) {
      LOG.error("event=policing-not-kept reason=\"{}\"", e.getMessage());
    }
  }

  /**
   * Returns what was kept, if it is good. What a file said is not asked for any more when the file
   * is gone.
   */
  Optional<Asked> restore() {
    try {
      Optional<String> text = store.read(DOCUMENT);
      if (text.isEmpty()) {
        return Optional.empty();
      }
      Asked asked = GSON.fromJson(text.get(), Asked.class);
      if (asked == null || asked.origin() == null || asked.document() == null) {
        setAside("it is incomplete");
        return Optional.empty();
      }
      if (!asked.origin().isEmpty() && !Files.exists(Path.of(asked.origin()))) {
        LOG.info("event=policing-not-restored reason=\"{} is gone\"", asked.origin());
        return Optional.empty();
      }
      PolicingReader.read(asked.document());
      return Optional.of(asked);
    } catch (PolicingException | JsonParseException | InvalidPathException e) {
      setAside(String.valueOf(e.getMessage()).replace('\n', ' '));
    } catch (UncheckedIOException e) {
      LOG.error("event=policing-not-restored reason=\"{}\"", e.getMessage());
    }
    return Optional.empty();
  }

  private void setAside(String problem) {
    try {
      Path aside = store.setAside(DOCUMENT);
      LOG.error(
          "event=policing-not-restored file={} reason=\"what was kept can't be used; ask for it"
              + " again: {}\"",
          aside,
          problem);
    } catch (UncheckedIOException e) {
      LOG.error("event=policing-not-restored reason=\"{}\"", e.getMessage());
    }
  }
}
