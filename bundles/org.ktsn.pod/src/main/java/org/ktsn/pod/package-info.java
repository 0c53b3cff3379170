/** Attaches pods to the overlay, by hand and for container runtimes. */
package org.ktsn.pod;
