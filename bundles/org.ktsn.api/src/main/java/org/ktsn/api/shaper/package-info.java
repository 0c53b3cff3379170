/** The SPI of a shaper: which frame leaves next, and when. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.3.0")
package org.ktsn.api.shaper;
