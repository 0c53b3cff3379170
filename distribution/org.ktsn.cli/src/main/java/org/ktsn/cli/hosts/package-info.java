/**
 * Two hosts on one machine: a network namespace as the other one, an underlay to it, and the pods'
 * network that spans both.
 */
package org.ktsn.cli.hosts;
