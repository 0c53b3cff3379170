package org.ktsn.dataplane;

import org.ktsn.api.shaper.Shaper;

/**
 * A shaper at work.
 *
 * @param name the strategy's name
 * @param shaper the shaper
 */
record ActiveShaper(String name, Shaper shaper) {}
