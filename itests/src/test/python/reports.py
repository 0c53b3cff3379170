"""Sends datagrams with launch times and reads what became of them from its sockets' error queues.

    reports.py stamps FAMILY ADDRESS COUNT    waits for the transmit timestamp after each datagram
    reports.py errors FAMILY ADDRESS COUNT    every second one has a launch time that has passed

FAMILY is 4 or 6. Prints a line for each report: for stamps its number and how long after the launch
time the frame left, in nanoseconds; for errors the number that was in the payload, the code, and
the octets of the frame. Ends with "quiet" if a socket that asked for nothing was told nothing.
"""

import select
import socket
import struct
import sys
import time

SO_TIMESTAMPING = 37
SO_TXTIME = 61
REPORT_ERRORS = 2
TX_SOFTWARE, SOFTWARE, OPT_ID = 1 << 1, 1 << 4, 1 << 7
ORIGIN_TIMESTAMPING, ORIGIN_TXTIME = 4, 6
MSG_ERRQUEUE = 0x2000
LEAD_NS = 200_000_000
PATIENCE_MS = 10_000
PORT = 6400


def open_socket(family, flags):
    fd = socket.socket(family, socket.SOCK_DGRAM)
    fd.setsockopt(socket.SOL_SOCKET, SO_TXTIME, struct.pack("iI", time.CLOCK_TAI, flags))
    return fd


def send(fd, address, number, launch_ns):
    stamp = (socket.SOL_SOCKET, SO_TXTIME, struct.pack("q", launch_ns))
    fd.sendmsg([bytes(62) + struct.pack(">H", number)], [stamp], 0, (address, PORT))


def wait(fd):
    poll = select.poll()
    poll.register(fd, 0)
    events = poll.poll(PATIENCE_MS)
    if events != [(fd.fileno(), select.POLLERR)]:
        sys.exit(f"poll said {events}")


def receive(fd):
    """Returns the frame, the extended error, and the instant in nanoseconds of real time, or 0."""
    data, controls, flags, _ = fd.recvmsg(2048, 512, MSG_ERRQUEUE)
    if flags != MSG_ERRQUEUE:
        sys.exit(f"the flags are {flags:#x}")
    instant_ns = 0
    error = None
    for level, kind, value in controls:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            seconds, nanoseconds = struct.unpack_from("qq", value)
            instant_ns = seconds * 1_000_000_000 + nanoseconds
        else:
            error = struct.unpack_from("IBBBBII", value)
    return data, error, instant_ns


def number_in(frame):
    return struct.unpack(">H", frame[-2:])[0]


def is_quiet(fd):
    try:
        fd.recvmsg(2048, 512, MSG_ERRQUEUE)
    except BlockingIOError:
        return True
    return False


def stamps(family, address, count):
    ahead_ns = round((time.clock_gettime_ns(time.CLOCK_TAI) - time.time_ns()) / 1e9) * 10**9
    fd = open_socket(family, 0)
    fd.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, TX_SOFTWARE | SOFTWARE | OPT_ID)
    for number in range(count):
        launch_ns = time.clock_gettime_ns(time.CLOCK_TAI) + LEAD_NS
        send(fd, address, number, launch_ns)
        wait(fd)
        frame, error, instant_ns = receive(fd)
        if error[1] != ORIGIN_TIMESTAMPING or number_in(frame) != number:
            sys.exit(f"{error} is told of {number_in(frame)}")
        print(error[6], instant_ns + ahead_ns - launch_ns)


def errors(family, address, count):
    fd = open_socket(family, REPORT_ERRORS)
    launch_times = []
    for number in range(count):
        offset_ns = -LEAD_NS if number % 2 else LEAD_NS
        launch_times.append(time.clock_gettime_ns(time.CLOCK_TAI) + offset_ns)
        send(fd, address, number, launch_times[-1])
    for _ in range(count // 2):
        wait(fd)
        frame, error, _ = receive(fd)
        number = number_in(frame)
        if error[1] != ORIGIN_TXTIME or error[6] << 32 | error[5] != launch_times[number]:
            sys.exit(f"{error} is told of {number}")
        print(number, error[3], len(frame))
    if not is_quiet(fd):
        sys.exit("there is more than one report of a datagram")


def main():
    what, family, address, count = sys.argv[1:]
    family = socket.AF_INET6 if family == "6" else socket.AF_INET
    silent = open_socket(family, 0)
    send(silent, address, 0, 1)
    {"stamps": stamps, "errors": errors}[what](family, address, int(count))
    if is_quiet(silent):
        print("quiet")


main()
