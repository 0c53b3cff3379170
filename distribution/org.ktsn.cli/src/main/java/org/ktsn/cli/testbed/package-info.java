/**
 * What the demonstration and the benchmarks stand on: pods, flows between them, and the figures
 * that come of them.
 */
package org.ktsn.cli.testbed;
