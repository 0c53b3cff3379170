/** Earliest transmission time first: launch times alone decide, as in the kernel's etf. */
package org.ktsn.shaper.etf;
