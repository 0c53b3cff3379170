package org.ktsn.overlay;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.ktsn.api.health.HealthSource;
import org.ktsn.api.health.Trouble;
import org.ktsn.api.overlay.AnnouncementObserver;
import org.ktsn.api.overlay.OverlayAnnouncements;
import org.ktsn.api.overlay.OverlayNetwork;
import org.ktsn.api.overlay.OverlayObserver;
import org.ktsn.api.overlay.OverlayService;
import org.ktsn.api.pod.Pod;
import org.ktsn.api.pod.PodObserver;
import org.ktsn.api.state.StateStore;
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
 * and {@code ktsn:health} says why. Where the file asks for it, what nodes say of themselves counts
 * as well. Changes are told under this object's monitor, one at a time.
 */
@Component(
    name = "org.ktsn.overlay",
    service = {
      ArtifactInstaller.class,
      HealthSource.class,
      OverlayAnnouncements.class,
      OverlayService.class,
      PodObserver.class
    },
    immediate = true)
public final class OverlayFiles
    implements ArtifactInstaller, HealthSource, OverlayAnnouncements, OverlayService, PodObserver {
  private static final Logger LOG = LoggerFactory.getLogger(OverlayFiles.class);

  /** So many refusals of one change the log has. */
  private static final int MAX_LOGGED = 100;

  /** What is in force, and what of it is not. */
  private record InForce(Optional<OverlayNetwork> network, List<Trouble> troubles) {}

  private final StateStore store;
  private final OverlayFolder folder;
  private final OwnAnnouncement own;
  private volatile Map<String, State> states = Map.of();

  // Guarded by this.
  private final Map<String, Description> good = new TreeMap<>();
  private final Map<String, String> problems = new TreeMap<>();
  private final Map<String, Pod> pods = new TreeMap<>();
  private final List<OverlayObserver> observers = new ArrayList<>();
  private final List<AnnouncementObserver> announcers = new ArrayList<>();
  private final Heard heard;

  private volatile InForce inForce = new InForce(Optional.empty(), List.of());

  /**
   * Looks at once at what there is: nobody is told that there is no overlay, and cuts off the other
   * nodes, before File Install has come that far.
   */
  @Activate
  public OverlayFiles(BundleContext context, @Reference StateStore store) {
    this(
        List.of(
            NodeProperties.of(context).home().resolve("etc"),
            NodeProperties.of(context).run().resolve("etc")),
        store);
  }

  /**
   * Reads the files of these folders; of changes somebody else tells.
   *
   * @param folders the last one is that in which this writes
   */
  @SuppressWarnings("this-escape") // final class
  public OverlayFiles(List<Path> folders, StateStore store) {
    this.store = store;
    folder = new OverlayFolder(folders.getLast());
    Kept kept = Kept.read(store);
    own = new OwnAnnouncement(kept.id().orElseGet(() -> UUID.randomUUID().toString()));
    heard = new Heard(kept);
    for (Path each : folders) {
      try (Stream<Path> files = Files.list(each)) {
        files.map(Path::toFile).filter(this::canHandle).forEach(this::install);
      } catch (IOException e) {
        LOG.debug("event=no-folder folder={}", each);
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

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  public synchronized void bindAnnouncer(AnnouncementObserver announcer) {
    announcers.add(announcer);
    tell(announcer);
  }

  synchronized void unbindAnnouncer(AnnouncementObserver announcer) {
    announcers.remove(announcer);
  }

  @Override
  public boolean canHandle(File artifact) {
    return artifact.getName().endsWith(OverlayFolder.SUFFIX);
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
  public synchronized Path add(String name, String description) {
    Path file = folder.file(name);
    Optional<Map.Entry<String, Description>> other = good.entrySet().stream().findFirst();
    if (other.isPresent()) {
      throw new IllegalArgumentException(
          "network '"
              + name
              + "' is not added, because "
              + other.get().getKey()
              + " describes one, and a node has one network of pods; remove that first: ./ktsn net"
              + " del "
              + other.get().getValue().network().name());
    }
    try {
      if (!OverlayReader.read(description).network().name().equals(name)) {
        throw new IllegalArgumentException(
            "network '" + name + "' has another name in its description; give it one");
      }
    } catch (OverlayException e) {
      throw new IllegalArgumentException(
          "network '" + name + "' is not added: " + e.getMessage(), e);
    }
    folder.write(file, description);
    install(file.toFile());
    return file;
  }

  @Override
  public synchronized Path remove(String name) {
    Path file = folder.file(name);
    if (!Files.exists(file)) {
      String others = String.join(", ", good.keySet());
      throw new IllegalArgumentException(
          "there is no "
              + file
              + " to remove"
              + (others.isEmpty()
                  ? "; 'ktsn:networks' shows what there is"
                  : ", but " + others + "; remove that by hand if it is meant"));
    }
    folder.remove(file);
    uninstall(file.toFile());
    return file;
  }

  @Override
  public List<String> refusals() {
    return inForce.troubles().stream().map(Trouble::sentence).toList();
  }

  @Override
  public List<Trouble> troubles() {
    return inForce.troubles();
  }

  @Override
  public Optional<String> own() {
    return own.text();
  }

  @Override
  public boolean isOwn(String text) {
    return own.isOwn(text);
  }

  @Override
  public synchronized List<String> take(Collection<Said> said) {
    return heard.take(said) ? judge() : List.of();
  }

  @Override
  public synchronized void present(Collection<String> nodes, State state) {
    if (heard.present(nodes, state)) {
      List<String> news = judge();
      LOG.debug("event=neighbours-present state={} refused={}", state, news.size());
    }
  }

  @Override
  public synchronized Set<String> nodes() {
    return heard.nodes();
  }

  @Override
  public synchronized List<String> refuse(String subject, Optional<String> sentence) {
    return heard.refuse(subject, sentence) ? judge() : List.of();
  }

  @Override
  public void keep() {
    Kept kept;
    synchronized (this) {
      kept = heard.kept(own.id());
    }
    kept.write(store);
  }

  @Override
  public Map<String, State> announced() {
    return states;
  }

  private void refused(String file, String problem) {
    problems.put(file, file + ": " + problem + "; what was in force stays");
    LOG.error("event=overlay-refused file={} reason=\"{}\"", file, problem);
  }

  /** Finds out what is in force now, and tells of it if that has changed; returns what is told. */
  private List<String> judge() {
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
    Optional<OverlayNetwork> network =
        first.map(file -> judge(file, good.get(file), troubles).network());
    boolean announcesOther = own.update(first.map(good::get), pods.values());
    own.trouble().ifPresent(troubles::add);
    InForce before = inForce;
    inForce = new InForce(network, List.copyOf(troubles));
    Set<Trouble> told = new HashSet<>(before.troubles());
    List<String> news =
        inForce.troubles().stream()
            .filter(trouble -> !told.contains(trouble))
            .map(Trouble::sentence)
            .toList();
    log(news);
    if (!before.network().equals(inForce.network())) {
      LOG.info(
          "event=overlay-changed network={} nodes={}",
          inForce.network().map(OverlayNetwork::name).orElse("none"),
          inForce.network().map(of -> of.nodes().size()).orElse(0));
      observers.forEach(this::tell);
    }
    if (announcesOther) {
      announcers.forEach(this::tell);
    }
    return news;
  }

  private Judgement judge(String file, Description description, List<Trouble> troubles) {
    states = description.announcements() ? heard.states() : Map.of();
    Judgement judgement =
        description.announcements()
            ? heard.judge(description, pods.values(), troubles)
            : Judgement.of(description.network(), pods.values(), Map.of(), new Owners());
    judgement.refusals().forEach(sentence -> troubles.add(new Trouble(file, sentence)));
    return judgement;
  }

  private static void log(List<String> refusals) {
    refusals.stream()
        .limit(MAX_LOGGED)
        .forEach(sentence -> LOG.warn("event=overlay-claim-refused reason=\"{}\"", sentence));
    if (refusals.size() > MAX_LOGGED) {
      LOG.warn("event=overlay-claims-refused more={}", refusals.size() - MAX_LOGGED);
    }
  }

  private void tell(AnnouncementObserver announcer) {
    try {
      announcer.ownChanged();
    } catch (RuntimeException e) {
      LOG.error("event=observer-failed observer={}", announcer, e);
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
