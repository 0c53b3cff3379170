/** What goes on although it is not as it should be: for whoever asks how the daemon is. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.ktsn.api.health;
