package org.ktsn.api.filter;

import org.ktsn.api.port.PortModel;
import org.ktsn.api.schedule.GateSchedule;

/**
 * Where a filter works.
 *
 * @param frameCapacity how many frames there can be: their numbers run from 0 to {@code
 *     frameCapacity - 1}, so that what a filter keeps of each has its place in arrays of this
 *     length
 * @param largestFrameOctets the largest Ethernet frame, without the FCS
 * @param link the link that frames are planned for
 * @param schedule the schedule that frames are planned by
 */
public record FilterSite(
    int frameCapacity, int largestFrameOctets, PortModel link, GateSchedule schedule) {}
