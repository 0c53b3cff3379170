package org.ktsn.overlay;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.OverlayObserver;
import org.ktsn.api.overlay.OverlayService;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.runtime.NodeProperties;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a file {@code etc/*.overlay} from File Install: what the overlay is like. One that is good
 * is in force from when it appears or changes until it is removed; one that is not changes nothing,
 * and {@code ktsn:health} says why. Changes are told under this object's monitor, one at a time.
 */
@Component(
    name = "org.ktsn.overlay",
    service = {
      ArtifactInstaller.class,
      HealthSource.class,
      OverlayService.class,
      PodObserver.class
    },
    immediate = true)
public final class OverlayFiles
    implements ArtifactInstaller, HealthSource, OverlayService, PodObserver {
  private static final Logger LOG = LoggerFactory.getLogger(OverlayFiles.class);
  private static final String SUFFIX = ".overlay";

  /** What is in force, and what of it is not. */
  private record InForce(Optional<OverlayNetwork> network, List<Trouble> troubles) {}

  // Guarded by this.
  private final Map<String, OverlayNetwork> good = new TreeMap<>();
  private final Map<String, String> problems = new TreeMap<>();
  private final Map<String, Pod> pods = new TreeMap<>();
  private final List<OverlayObserver> observers = new ArrayList<>();

  private volatile InForce inForce = new InForce(Optional.empty(), List.of());

  /**
   * Looks at once at what there is: nobody is told that there is no overlay, and cuts off the other
   * nodes, before File Install has come that far.
   */
  @Activate
  public OverlayFiles(BundleContext context) {
    this(
        List.of(
            NodeProperties.of(context).home().resolve("etc"),
            NodeProperties.of(context).run().resolve("etc")));
  }

  @SuppressWarnings("this-escape") // final class
  OverlayFiles(List<Path> folders) {
    for (Path folder : folders) {
      try (Stream<Path> files = Files.list(folder)) {
        files.map(Path::toFile).filter(this::canHandle).forEach(this::install);
      } catch (IOException e) {
        LOG.debug("event=no-folder folder={}", folder);
      }
    }
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  synchronized void bindObserver(OverlayObserver observer) {
    observers.add(observer);
    tell(observer);
  }

  synchronized void unbindObserver(OverlayObserver observer) {
    observers.remove(observer);
  }

  @Override
  public boolean canHandle(File artifact) {
    return artifact.getName().endsWith(SUFFIX);
  }

  @Override
  public synchronized void install(File artifact) {
    String file = artifact.getAbsolutePath();
    try {
      good.put(file, OverlayReader.read(text(artifact.toPath())));
      problems.remove(file);
    } catch (OverlayException e) {
      refused(file, e.getMessage());
    } catch (CharacterCodingException e) {
      refused(file, "it is not UTF-8 text; save it as UTF-8");
    } catch (IOException e) {
      refused(file, "it can't be read: " + e.getMessage());
    }
    judge();
  }

  @Override
  public void update(File artifact) {
    install(artifact);
  }

  @Override
  public synchronized void uninstall(File artifact) {
    problems.remove(artifact.getAbsolutePath());
    good.remove(artifact.getAbsolutePath());
    judge();
  }

  @Override
  public synchronized void attached(Pod pod) {
    pods.put(pod.name(), pod);
    judge();
  }

  @Override
  public synchronized void detached(Pod pod) {
    pods.remove(pod.name());
    judge();
  }

  @Override
  public Optional<OverlayNetwork> network() {
    return inForce.network();
  }

  @Override
  public List<String> refusals() {
    return inForce.troubles().stream().map(Trouble::sentence).toList();
  }

  @Override
  public List<Trouble> troubles() {
    return inForce.troubles();
  }

  private void refused(String file, String problem) {
    problems.put(file, file + ": " + problem + "; what was in force stays");
    LOG.error("event=overlay-refused file={} reason=\"{}\"", file, problem);
  }

  /** Finds out what is in force now, and tells of it if that has changed. */
  private void judge() {
    List<Trouble> troubles = new ArrayList<>();
    problems.forEach((file, sentence) -> troubles.add(new Trouble(file, sentence)));
    Optional<String> first = good.keySet().stream().findFirst();
    for (String other : good.keySet()) {
      if (!first.equals(Optional.of(other))) {
        troubles.add(
            new Trouble(
                other,
                other
                    + " is not in force, because "
                    + first.get()
                    + " is, and a node has one network of pods; remove one of the two"));
      }
    }
    Optional<LocalClaims> judged =
        first.map(file -> LocalClaims.judge(good.get(file), List.copyOf(pods.values())));
    judged.ifPresent(
        of -> of.refusals().forEach(sentence -> troubles.add(new Trouble(first.get(), sentence))));
    InForce before = inForce;
    inForce = new InForce(judged.map(LocalClaims::network), List.copyOf(troubles));
    for (Trouble trouble : inForce.troubles()) {
      if (!before.troubles().contains(trouble)) {
        LOG.warn("event=overlay-claim-refused reason=\"{}\"", trouble.sentence());
      }
    }
    if (!before.network().equals(inForce.network())) {
      LOG.info(
          "event=overlay-changed network={} nodes={}",
          inForce.network().map(OverlayNetwork::name).orElse("none"),
          inForce.network().map(network -> network.nodes().size()).orElse(0));
      observers.forEach(this::tell);
    }
  }

  private void tell(OverlayObserver observer) {
    try {
      observer.overlayChanged(inForce.network());
    } catch (RuntimeException e) {
      LOG.error("event=observer-failed observer={}", observer, e);
    }
  }

  private static String text(Path file) throws IOException {
    try (var content = Files.newInputStream(file)) {
      byte[] octets = content.readNBytes(OverlayReader.MAX_CHARACTERS + 1);
      if (octets.length > OverlayReader.MAX_CHARACTERS) {
        throw new IOException("it has more than " + OverlayReader.MAX_CHARACTERS + " octets");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString();
    }
  }
}
