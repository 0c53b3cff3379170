package org.ktsn.mqtt.session;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.ktsn.mqtt.protocol.PemFile;

/**
 * The PEM files of TLS. They are read for each connection, so that a renewed certificate is taken
 * up by itself.
 *
 * @param authorities whom to trust; the JDK's authorities if empty
 * @param certificate our own certificate, with those that link it to an authority
 * @param key its private key
 */
public record TlsFiles(Optional<Path> authorities, Optional<Path> certificate, Optional<Path> key) {
  /** The JDK's authorities, no certificate of our own. */
  public static final TlsFiles NONE =
      new TlsFiles(Optional.empty(), Optional.empty(), Optional.empty());

  private static final char[] NO_PASSWORD = new char[0];

  /** Checks that certificate and key come together. */
  public TlsFiles {
    if (certificate.isPresent() != key.isPresent()) {
      throw new IllegalArgumentException(
          "a client certificate needs its private key, and a key its certificate; give both files");
    }
  }

  /**
   * Makes sockets by these files.
   *
   * @throws IllegalArgumentException if a file can't be used, with its name and the remedy
   */
  SSLSocketFactory socketFactory() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(), trust(), null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException("TLS can't be set up: " + e.getMessage(), e);
    }
  }

  private KeyManager[] keys() throws GeneralSecurityException, IOException {
    if (certificate.isEmpty()) {
      return new KeyManager[0];
    }
    List<X509Certificate> chain = PemFile.read(certificate.get()).certificates();
    X509Certificate own = chain.getFirst();
    Instant now = Instant.now();
    if (own.getNotBefore().toInstant().isAfter(now)) {
      throw new IllegalArgumentException(
          "the client certificate "
              + certificate.get()
              + " is not valid before "
              + own.getNotBefore().toInstant()
              + ", and it is "
              + now
              + "; set this machine's clock, or wait");
    }
    if (own.getNotAfter().toInstant().isBefore(now)) {
      throw new IllegalArgumentException(
          "the client certificate "
              + certificate.get()
              + " has expired on "
              + own.getNotAfter().toInstant()
              + "; renew it");
    }
    KeyStore store = emptyStore();
    store.setKeyEntry(
        "client",
        PemFile.read(key.orElseThrow()).privateKey(),
        NO_PASSWORD,
        chain.toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private TrustManager[] trust() throws GeneralSecurityException, IOException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    if (authorities.isEmpty()) {
      factory.init((KeyStore) null);
    } else {
      KeyStore store = emptyStore();
      for (X509Certificate authority : PemFile.read(authorities.get()).certificates()) {
        store.setCertificateEntry("authority-" + store.size(), authority);
      }
      factory.init(store);
    }
    return factory.getTrustManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }
}
