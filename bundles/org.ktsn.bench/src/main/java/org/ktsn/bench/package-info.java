/**
 * Commands that make trouble for KTSNd on purpose, and count what it leaves: only a benchmark
 * installs them, for as long as it runs. No feature names this bundle.
 */
package org.ktsn.bench;
