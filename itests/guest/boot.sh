#!/bin/sh
# boot.sh JOBS RESULTS: boots the guest, which runs every executable file of the folder JOBS, in the order of their
# names, in JOBS/data; RESULTS gets what they print, between "@begin NAME" and "@end NAME STATUS", and "@done" at
# the end. Nothing of it remains, however it ends.
#
# The guest's clock is the number of instructions that it has executed, and leaps to the next timer where it has
# nothing to do: what a case waits for takes no time, and no other load of this machine makes anything late in the guest.
set -eu

command -v qemu-system-x86_64 >/dev/null || {
    echo "qemu-system-x86_64 is missing; install it with: sudo apt-get install --no-install-recommends qemu-system-x86" >&2
    exit 1
}
here=$(dirname "$(readlink -f "$0")")
jobs=$1
results=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$work/files"
cp -a "$jobs" "$work/files/jobs"
mkdir -p "$work/files/jobs/data"
cp "$here/build/system.cpio" "$work/initrd"
(cd "$work/files" && find . | "$here/build/packages/busybox-static/bin/busybox" cpio -o -H newc 2>/dev/null) >>"$work/initrd"

# shellcheck disable=SC2086 # words
timeout -k 5 "${KTSN_GUEST_SECONDS:-600}" qemu-system-x86_64 \
    -machine q35,accel=tcg -cpu max -smp 1 -m 384 -icount shift=0,sleep=off -rtc base=2026-01-01T00:00:00,clock=vm \
    -nodefaults -no-user-config -display none -no-reboot \
    -kernel "$here/build/vmlinuz" -initrd "$work/initrd" \
    -append "console=ttyS0 loglevel=3 panic=-1 mitigations=off tsc=reliable ${KTSN_GUEST_KERNEL-}" \
    -serial "file:$work/console" -serial "file:$work/results" </dev/null &
qemu=$!
trap 'kill "$qemu" 2>/dev/null; exit 130' INT
trap 'kill "$qemu" 2>/dev/null; exit 143' TERM
status=0
wait "$qemu" || status=$?
cp "$work/results" "$results"
if [ "$status" -ne 0 ] || ! grep -q '^@done' "$results"; then
    echo "the guest did not come to its end (status $status); its console says:" >&2
    tail -n 30 "$work/console" >&2
    exit 1
fi
