/**
 * What the daemon's bundles stand on: threads that must not end, sockets that must not stop
 * accepting, and where the daemon's things lie.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.ktsn.runtime;
