/**
 * The planner: takes datagrams in, has them encoded, asks the shaper when each may leave and
 * commits what is due to the native launcher.
 *
 * <p>Threads: one planner (Java, pinned), one launcher (native, pinned, real-time). Everything a
 * frame meets on its way runs on the planner; nothing there allocates, blocks or logs. Others reach
 * the planner through {@link org.ktsn.dataplane.Mailbox} and {@link org.ktsn.dataplane.StageSlot}
 * only.
 */
package org.ktsn.dataplane;
