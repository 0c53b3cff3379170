/** {@code ktsn demo}: the main job on this machine, from nothing, with a report. */
package org.ktsn.cli.demo;
