/** The SPI of an ingress: where datagrams with a launch time come from. */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package org.ktsn.api.ingress;
