/** The SPI of a switch binder: ports and forwarding entries of the virtual switch. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package org.ktsn.api.binder;
