/** Pods: what attaches a container to the overlay, and what watches that. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.3.0")
package org.ktsn.api.pod;
