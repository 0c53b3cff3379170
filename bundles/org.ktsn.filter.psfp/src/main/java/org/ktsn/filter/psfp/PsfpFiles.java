package org.ktsn.filter.psfp;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.policing.Policing;
import org.ktsn.api.policing.PolicingException;
import org.ktsn.api.policing.PolicingProblem;
import org.ktsn.filter.psfp.yang.PolicingReader;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the files {@code etc/*.psfp} from File Install: policing as YANG JSON. One that is good is
 * asked for when it appears or changes; one that is not changes nothing, and {@code ktsn:health}
 * says why. File Install's thread.
 */
@Component(
    name = "org.ktsn.filter.psfp.files",
    service = {ArtifactInstaller.class, HealthSource.class},
    immediate = true)
public final class PsfpFiles implements ArtifactInstaller, HealthSource {
  private static final Logger LOG = LoggerFactory.getLogger(PsfpFiles.class);
  private static final String SUFFIX = ".psfp";

  private final Policing policing;
  private final Map<String, String> problems = new ConcurrentHashMap<>();

  /** Made by the component runtime. */
  @Activate
  public PsfpFiles(@Reference Policing policing) {
    this.policing = policing;
  }

  @Override
  public boolean canHandle(File artifact) {
    return artifact.getName().endsWith(SUFFIX);
  }

  @Override
  public void install(File artifact) {
    String file = artifact.getAbsolutePath();
    try {
      policing.ask(text(artifact.toPath()), file);
      problems.remove(file);
    } catch (PolicingException e) {
      refused(
          file, String.join("; ", e.problems().stream().map(PolicingProblem::toString).toList()));
    } catch (CharacterCodingException e) {
      refused(file, "it is not UTF-8 text; save it as UTF-8");
    } catch (IOException e) {
      refused(file, "it can't be read: " + e.getMessage());
    }
  }

  @Override
  public void update(File artifact) {
    install(artifact);
  }

  @Override
  public void uninstall(File artifact) {
    problems.remove(artifact.getAbsolutePath());
    policing.withdraw(artifact.getAbsolutePath());
  }

  @Override
  public List<Trouble> troubles() {
    return problems.entrySet().stream()
        .map(entry -> new Trouble(entry.getKey(), entry.getValue()))
        .toList();
  }

  private void refused(String file, String problem) {
    String sentence = file + ": " + problem + "; what was in force stays";
    problems.put(file, sentence);
    LOG.error("event=policing-refused file={} reason=\"{}\"", file, problem);
  }

  /** Reads a file, but no more than any document may have. */
  static String text(Path file) throws IOException {
    try (var content = Files.newInputStream(file)) {
      return text(content.readNBytes(PolicingReader.MAX_CHARACTERS + 1));
    }
  }

  static String text(byte[] octets) throws CharacterCodingException {
    if (octets.length > PolicingReader.MAX_CHARACTERS) {
      // cut, perhaps inside a character: it is too long in any case
      return " ".repeat(octets.length);
    }
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString();
  }
}
