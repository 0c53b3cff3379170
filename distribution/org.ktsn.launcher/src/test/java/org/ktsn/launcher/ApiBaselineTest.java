package org.ktsn.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import aQute.bnd.osgi.Jar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Holds what the exported packages offer against their baselines, {@code baseline/PACKAGE.txt}
 * beside each bundle's sources: others have compiled against that. {@code ./ktsn api-baseline}
 * renews them; one whose package has changed and has no version of its own for that stays.
 */
class ApiBaselineTest {
  private static final boolean RENEW = "renew".equals(System.getProperty("ktsn.baseline"));

  /** The packages, by the files of their baselines. */
  private static final Map<Path, PackageApi> PRESENT = new TreeMap<>();

  @BeforeAll
  static void readThePackages() throws Exception {
    for (Map.Entry<String, Path> bundle : BuiltBundles.jars().entrySet()) {
      try (Jar jar = new Jar(bundle.getValue().toFile())) {
        for (PackageApi exported : PackageApi.of(jar)) {
          PRESENT.put(folder(bundle.getKey()).resolve(exported.name() + ".txt"), exported);
        }
      }
    }
  }

  private static Path folder(String bundle) {
    return BuiltBundles.FOLDER.resolve(bundle).resolve("baseline");
  }

  @Test
  void shouldGiveAPackageThatHasChangedTheVersionThatItsUsersNeed() throws Exception {
    List<String> complaints = new ArrayList<>();
    for (Map.Entry<Path, PackageApi> exported : PRESENT.entrySet()) {
      if (Files.exists(exported.getKey())) {
        change(exported.getKey(), exported.getValue()).complaint().ifPresent(complaints::add);
      }
    }
    assertEquals(List.of(), complaints);
  }

  @Test
  void shouldHaveABaselineOfEachPackageAsItIs() throws Exception {
    List<String> complaints = new ArrayList<>();
    for (Map.Entry<Path, PackageApi> exported : PRESENT.entrySet()) {
      Path file = exported.getKey();
      PackageApi present = exported.getValue();
      if (RENEW && (!Files.exists(file) || change(file, present).complaint().isEmpty())) {
        Files.createDirectories(file.getParent());
        Files.writeString(file, present.text());
      }
      if (!Files.exists(file)) {
        complaints.add(
            "package " + present.name() + " has no baseline; write it with ./ktsn api-baseline");
      } else if (!Files.readString(file).equals(present.text())) {
        complaints.add(
            "package "
                + present.name()
                + " "
                + present.version()
                + " is not its baseline any more; renew that with ./ktsn api-baseline");
      }
    }
    assertEquals(List.of(), complaints);
  }

  @Test
  void shouldExportEveryPackageThatOthersMayImport() throws IOException {
    List<String> complaints = new ArrayList<>();
    for (String bundle : BuiltBundles.jars().keySet()) {
      if (Files.isDirectory(folder(bundle))) {
        try (Stream<Path> files = Files.list(folder(bundle))) {
          files
              .filter(file -> !PRESENT.containsKey(file))
              .forEach(
                  file ->
                      complaints.add(
                          BuiltBundles.ROOT.relativize(file)
                              + " is of a package that is not exported any more, which breaks"
                              + " everybody who imports it; export it, or delete the file"));
        }
      }
    }
    assertEquals(List.of(), complaints);
  }

  @Test
  void shouldSayOfEachInterfaceWhetherUsersOrProvidersImplementIt() {
    List<String> complaints = new ArrayList<>();
    for (PackageApi exported : PRESENT.values()) {
      for (String type : exported.interfacesForNobody()) {
        complaints.add(
            type
                + " does not say who implements it; annotate it with @ConsumerType if those do who"
                + " use the package, with @ProviderType if KTSN's own bundles do");
      }
    }
    assertEquals(List.of(), complaints);
  }

  private static ApiChange change(Path file, PackageApi present) throws Exception {
    return new ApiChange(PackageApi.parse(Files.readString(file)), present);
  }
}
