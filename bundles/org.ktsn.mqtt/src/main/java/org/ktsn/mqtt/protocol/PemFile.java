package org.ktsn.mqtt.protocol;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads keys and certificates from PEM files (RFC 7468). */
public final class PemFile {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "Ed25519");

  private final Path file;
  private final String text;

  private PemFile(Path file, String text) {
    this.file = file;
    this.text = text;
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if it can't be read
   */
  public static PemFile read(Path file) {
    try {
      return new PemFile(file, Files.readString(file, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + " can't be read (" + e + "); name an existing PEM file", e);
    }
  }

  /**
   * Returns the file's certificates, one at least.
   *
   * @throws IllegalArgumentException if there is none
   */
  public List<X509Certificate> certificates() {
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (byte[] block : blocks("CERTIFICATE")) {
        Certificate certificate =
            factory.generateCertificate(new java.io.ByteArrayInputStream(block));
        certificates.add((X509Certificate) certificate);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          file + " holds a certificate that can't be read: " + e.getMessage(), e);
    }
    if (certificates.isEmpty()) {
      throw new IllegalArgumentException(
          file + " holds no certificate; give a PEM file with BEGIN CERTIFICATE");
    }
    return certificates;
  }

  /**
   * Returns the file's private key (PKCS #8).
   *
   * @throws IllegalArgumentException if there is none
   */
  public PrivateKey privateKey() {
    return blocks("PRIVATE KEY").stream()
        .flatMap(block -> KEY_ALGORITHMS.stream().flatMap(name -> privateKey(name, block).stream()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    file
                        + " holds no private key that can be used; give an unencrypted PEM file"
                        + " with BEGIN PRIVATE KEY ('openssl pkcs8 -topk8 -nocrypt' makes one)"));
  }

  private static Optional<PrivateKey> privateKey(String algorithm, byte[] block) {
    try {
      return Optional.of(
          KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(block)));
    } catch (GeneralSecurityException e) {
      return Optional.empty(); // a key of another algorithm
    }
  }

  /**
   * Returns the file's Ed25519 public keys, one at least.
   *
   * @throws IllegalArgumentException if there is none
   */
  public List<PublicKey> ed25519PublicKeys() {
    List<PublicKey> keys = new ArrayList<>();
    for (byte[] block : blocks("PUBLIC KEY")) {
      try {
        keys.add(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(block)));
      } catch (GeneralSecurityException e) {
        throw new IllegalArgumentException(
            file + " holds a public key that is not Ed25519; remove it", e);
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(
          file
              + " holds no public key; 'openssl pkey -in KEY -pubout' writes that of a private"
              + " key");
    }
    return keys;
  }

  private List<byte[]> blocks(String kind) {
    List<byte[]> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      if (matcher.group(1).equals(kind)) {
        try {
          blocks.add(Base64.getMimeDecoder().decode(matcher.group(2)));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              file + " holds a " + kind + " that is not Base64: " + e.getMessage(), e);
        }
      }
    }
    return blocks;
  }
}
