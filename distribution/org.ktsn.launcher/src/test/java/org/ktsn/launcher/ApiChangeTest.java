package org.ktsn.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import aQute.bnd.osgi.Jar;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which version a change of a package takes. */
class ApiChangeTest {
  private static final String OF_CONSUMERS = "@ConsumerType public interface Step ";
  private static final String OF_PROVIDERS = "@ProviderType public interface Step ";

  @TempDir Path folder;
  private int compiled;

  /** Each from version 1.2.3; a bar parts what was and what is. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      textBlock =
          """
          @ConsumerType public interface Step { int a(); } | @ConsumerType public interface Step { int a(); } > 1.2.3
          @ConsumerType public interface Step { int a(); } | @ConsumerType public interface Step { int a(); int b(); } > 2.0.0
          @ConsumerType public interface Step { default int a() { return 1; } } | @ConsumerType public interface Step { default int a() { return 1; } int z(); } > 2.0.0
          @ConsumerType public interface Step { int a(); } | @ConsumerType public interface Step { int a(); default int b() { return 1; } } > 1.3.0
          @ConsumerType public interface Step { int a(); int b(); } | @ConsumerType public interface Step { int a(); } > 2.0.0
          @ProviderType public interface Step { int a(); } | @ProviderType public interface Step { int a(); int b(); } > 1.3.0
          @ProviderType public interface Step { int a(); } | @ProviderType public interface Step { long a(); } > 2.0.0
          public interface Step { int a(); } | public interface Step { int a(); int b(); } > 2.0.0
          public record Step(int a) {} | public record Step(int a, int b) {} > 2.0.0
          public enum Step { A } | public enum Step { A, B } > 1.3.0
          public final class Step { public void a() {} } | public final class Step { public void a() {} public void b() {} } > 1.3.0
          public final class Step { public void a() {} } | public final class Step { void a() {} } > 2.0.0
          public final class Step { void a() {} } | public final class Step { private void b() {} } > 1.2.3
          public class Step { public void a() {} } | public class Step { public final void a() {} } > 2.0.0
          @ProviderType public sealed interface Step { record A() implements Step {} } | @ProviderType public sealed interface Step { record A() implements Step {} record B() implements Step {} } > 2.0.0
          public class Step { public static final int A = 1; } | public class Step { public static final int A = 2; } > 1.2.4
          """)
  void shouldTakeTheVersionThatTheChangeNeeds(String change, String version) throws Exception {
    String[] sources = change.split(" \\| ", 2);
    ApiChange found = new ApiChange(compile("1.2.3", sources[0]), compile("1.2.3", sources[1]));
    assertEquals(version, found.neededVersion().toString());
    assertEquals(version.equals("1.2.3"), found.complaint().isEmpty());
  }

  @Test
  void shouldNameThePackageTheMemberTheVersionAndTheRemedy() throws Exception {
    PackageApi before = compile("1.2.3", OF_PROVIDERS + "{ int a(); int b(String of); }");
    PackageApi present = compile("1.3.0", OF_PROVIDERS + "{ int a(); }");
    assertEquals(
        Optional.of(
            "package org.example is 1.3.0 and must be 2.0.0 at least, for"
                + " Step.b(java.lang.String) is gone; raise it in its package-info.java, then renew"
                + " the baseline with ./ktsn api-baseline"),
        new ApiChange(before, present).complaint());
    PackageApi raised = compile("2.0.0", OF_PROVIDERS + "{ int a(); }");
    assertEquals(Optional.empty(), new ApiChange(before, raised).complaint());
  }

  @Test
  void shouldNotTakeALowerVersionThanBefore() throws Exception {
    PackageApi before = compile("1.2.3", OF_CONSUMERS + "{ int a(); }");
    PackageApi present = compile("1.2.0", OF_CONSUMERS + "{ int a(); }");
    assertTrue(new ApiChange(before, present).complaint().isPresent());
  }

  @Test
  void shouldReadWhatItHasWritten() throws Exception {
    PackageApi written =
        compile(
            "1.2.3",
            OF_CONSUMERS + "{ String TEXT = \"\\\\ a\\n # b \"; String NONE = \"\"; int a(); }");
    PackageApi read = PackageApi.parse(written.text());
    assertEquals(written.text(), read.text());
    assertEquals("1.2.3", new ApiChange(read, written).neededVersion().toString());
  }

  @Test
  void shouldFindInterfacesOfWhichItIsNotSaidWhoImplementsThem() throws Exception {
    assertEquals(
        List.of("org.example.Step"),
        compile("1.0.0", "public interface Step {}").interfacesForNobody());
    for (String good :
        List.of(
            OF_PROVIDERS + "{}",
            OF_CONSUMERS + "{}",
            "interface Step {}",
            "public @interface Step {}")) {
      assertEquals(List.of(), compile("1.0.0", good).interfacesForNobody());
    }
  }

  /** Compiles a type of a package that is exported in a version. */
  private PackageApi compile(String version, String type) throws Exception {
    Path sources = Files.createDirectories(folder.resolve("sources" + compiled));
    Path classes = Files.createDirectories(folder.resolve("classes" + compiled++));
    Path source = sources.resolve("Step.java");
    Files.writeString(
        source, "package org.example;\nimport org.osgi.annotation.versioning.*;\n" + type);
    compile(source, classes);
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.putValue("Manifest-Version", "1.0");
    attributes.putValue("Bundle-ManifestVersion", "2");
    attributes.putValue("Bundle-SymbolicName", "org.example");
    attributes.putValue("Export-Package", "org.example;version=\"" + version + "\"");
    try (Jar jar = new Jar(classes.toFile())) {
      jar.setManifest(manifest);
      List<PackageApi> packages = PackageApi.of(jar);
      return packages.isEmpty() ? PackageApi.parse("org.example " + version) : packages.getFirst();
    }
  }

  private static void compile(Path source, Path classes) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter problems = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean good =
          compiler
              .getTask(
                  problems,
                  files,
                  null,
                  List.of("-proc:none", "-d", classes.toString()),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertTrue(good, problems.toString());
    }
  }
}
