/** Policing at work: what stands on the frames' way. */
package org.ktsn.filter.psfp.line;
