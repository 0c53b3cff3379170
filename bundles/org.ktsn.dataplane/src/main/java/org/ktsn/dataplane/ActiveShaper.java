package org.ktsn.dataplane;

import org.ktsn.api.port.PortModel;
import org.ktsn.api.shaper.Shaper;

/**
 * A shaper at work.
 *
 * @param name the strategy's name
 * @param shaper the shaper
 * @param model the link that it plans for
 */
record ActiveShaper(String name, Shaper shaper, PortModel model) {}
