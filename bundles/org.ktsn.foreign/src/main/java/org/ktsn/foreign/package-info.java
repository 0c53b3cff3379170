/**
 * Native memory and native code, as the rest of KTSN sees them: calls, layouts and errors; nothing
 * about networks.
 *
 * <p>Three layers: {@code KtsnLibrary} is libktsn-native's header, call by call; the public classes
 * give its calls a shape and an owner.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("2.2.0")
package org.ktsn.foreign;
