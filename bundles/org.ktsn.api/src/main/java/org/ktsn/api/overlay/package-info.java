/**
 * The overlay: which other nodes there are, which pods they have, and by which tunnel they are
 * reached. What is said here is desired state; who carries frames brings it about.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package org.ktsn.api.overlay;
