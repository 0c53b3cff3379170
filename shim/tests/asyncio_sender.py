"""A sender as asyncio programs are: it sends until EAGAIN, and then waits for the loop to say so.

Usage: asyncio_sender.py ADDRESS PORT COUNT HALF. Fails if it hangs, or is woken more often than half of
the queue, of which it is given the size, can have become free. Prints "sent COUNT waits N processor-us T":
T is the processor time of sending, the interpreter's start left out.
"""

import asyncio
import socket
import struct
import sys
import time

SO_TXTIME = 61
CLOCK_TAI = 11
DISTANCE_NS = 50_000


async def main(address, port, count, half):
    loop = asyncio.get_running_loop()
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setblocking(False)
    sender.setsockopt(socket.SOL_SOCKET, SO_TXTIME, struct.pack("iI", CLOCK_TAI, 0))
    launch_time = time.clock_gettime_ns(CLOCK_TAI) + 50_000_000
    done = loop.create_future()
    sent = wakes = 0

    def writable():
        nonlocal sent, wakes
        wakes += 1
        try:
            while sent < count:
                stamp = struct.pack("q", launch_time + sent * DISTANCE_NS)
                ancillary = [(socket.SOL_SOCKET, SO_TXTIME, stamp)]
                sender.sendmsg([b"x" * 64], ancillary, 0, (address, port))
                sent += 1
        except BlockingIOError:
            return
        loop.remove_writer(sender)
        done.set_result(None)

    begin_ns = time.process_time_ns()
    loop.add_writer(sender, writable)
    await asyncio.wait_for(done, 60)
    print(f"sent {sent} waits {wakes} processor-us {(time.process_time_ns() - begin_ns) // 1000}")
    if wakes > count // half + 2:
        sys.exit(f"woken {wakes} times for {count} datagrams")


asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:5])))
