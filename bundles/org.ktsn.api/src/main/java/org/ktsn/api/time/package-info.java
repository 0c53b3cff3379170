/** Time: TAI nanoseconds in a {@code long}, and how good the clock is that they come from. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package org.ktsn.api.time;
