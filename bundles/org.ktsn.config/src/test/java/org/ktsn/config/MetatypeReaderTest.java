package org.ktsn.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;

class MetatypeReaderTest {
  private static final String DOCUMENT =
      """
      <metatype:MetaData xmlns:metatype="http://www.osgi.org/xmlns/metatype/v1.5.0">
        <OCD id="x"><AD id="size" type="Integer" cardinality="0" min="1"/></OCD>
        <Designate pid="org.example.pid"><Object ocdref="x"/></Designate>
      </metatype:MetaData>
      """;

  private int opened;

  @Test
  void shouldReadABundleOnceMoreThatIsUpdatedMeanwhile() {
    assertEquals(Set.of("org.example.pid"), MetatypeReader.read(bundle(1)).keySet());
    assertEquals(2, opened);
  }

  @Test
  void shouldTakeABundleThatCanNotBeReadForOneThatDescribesNothing() {
    assertEquals(Set.of(), MetatypeReader.read(bundle(Integer.MAX_VALUE)).keySet());
    assertEquals(3, opened);
  }

  /** A bundle whose entry can't be read so often. */
  private Bundle bundle(int failures) {
    return (Bundle)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Bundle.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getEntryPaths" ->
                      Collections.enumeration(List.of("OSGI-INF/metatype/x.xml"));
                  case "getEntry" -> entry(failures);
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private URL entry(int failures) {
    try {
      return URL.of(
          URI.create("bundle://1/x.xml"),
          new URLStreamHandler() {
            @Override
            protected URLConnection openConnection(URL url) {
              return new Content(url, failures);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Content extends URLConnection {
    private final int failures;

    Content(URL url, int failures) {
      super(url);
      this.failures = failures;
    }

    @Override
    public void connect() {
      connected = true;
    }

    @Override
    public InputStream getInputStream() throws IOException {
      if (opened++ < failures) {
        throw new IOException("Stream closed");
      }
      return new ByteArrayInputStream(DOCUMENT.getBytes(StandardCharsets.UTF_8));
    }
  }
}
