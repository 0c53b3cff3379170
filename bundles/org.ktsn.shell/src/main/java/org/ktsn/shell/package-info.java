/** Gogo commands for people and scripts, the local control socket, and the daemon's readiness. */
package org.ktsn.shell;
