/** The CNI server: what container runtimes ask for through tsn-cni. */
package org.ktsn.cni;
