"""A sender as asyncio programs are: it sends until EAGAIN, and then waits for the loop to say so.

Usage: asyncio_sender.py ADDRESS PORT COUNT. Fails if it hangs, or is woken much more often than the
queue can have had room (64 slots, half of which become free each time).
"""

import asyncio
import socket
import struct
import sys
import time

SO_TXTIME = 61
CLOCK_TAI = 11


async def main(address, port, count):
    loop = asyncio.get_running_loop()
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setblocking(False)
    sender.setsockopt(socket.SOL_SOCKET, SO_TXTIME, struct.pack("iI", CLOCK_TAI, 0))
    launch_time = time.clock_gettime_ns(CLOCK_TAI) + 1_000_000_000
    stamp = [(socket.SOL_SOCKET, SO_TXTIME, struct.pack("q", launch_time))]
    done = loop.create_future()
    sent = wakes = 0

    def writable():
        nonlocal sent, wakes
        wakes += 1
        try:
            while sent < count:
                sender.sendmsg([b"x" * 64], stamp, 0, (address, port))
                sent += 1
        except BlockingIOError:
            return
        loop.remove_writer(sender)
        done.set_result(None)

    loop.add_writer(sender, writable)
    await asyncio.wait_for(done, 60)
    if wakes > count // 32 + 2:
        sys.exit(f"woken {wakes} times for {count} datagrams")


asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
