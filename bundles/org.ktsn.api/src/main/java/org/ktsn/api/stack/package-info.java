/** The SPI of a network stack: from a datagram to the frame on the wire. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("2.2.0")
package org.ktsn.api.stack;
