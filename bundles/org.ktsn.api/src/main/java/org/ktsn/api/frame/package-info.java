/** Frames that the data plane holds, as every stage sees them. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("2.1.0")
package org.ktsn.api.frame;
