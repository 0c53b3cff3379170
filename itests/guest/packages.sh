#!/bin/sh
# packages.sh FOLDER: fetches the guest's packages and takes them apart in FOLDER, whose file 'done' says that all
# is there.
set -eu

here=$(dirname "$(readlink -f "$0")")
KTSN_ROOT=${here%/itests/guest}
for part in common packages build; do
    # shellcheck source=/dev/null
    . "$KTSN_ROOT/distribution/lib/$part.sh"
done

rm -rf "$1"
mkdir -p "$1"
folder=$(readlink -f "$1")
unpack_packages "$folder" busybox-static linux-image-amd64
: >"$folder/done"
