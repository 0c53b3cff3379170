/** What the data plane counts. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.5.0")
package org.ktsn.api.stats;
