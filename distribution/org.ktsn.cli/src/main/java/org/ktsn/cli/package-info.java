/** The command line application: talks to a running daemon through its control socket. */
package org.ktsn.cli;
