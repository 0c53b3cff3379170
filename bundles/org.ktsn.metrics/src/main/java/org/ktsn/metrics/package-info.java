/** What a node counts and measures, for Prometheus and whoever reads its formats. */
package org.ktsn.metrics;
