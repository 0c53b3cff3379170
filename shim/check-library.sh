#!/bin/sh
# check-library.sh LIBRARY LIST: whether LIBRARY loads beside every C library: it names no library and no version
# of one, and refers to nothing but what LIST (src/libc.h) has, all of it weakly, so that no program fails to start.
set -eu
library=$1
list=$2
LC_ALL=C
export LC_ALL
status=0

complain() {
    echo "check-library.sh: $library $*" >&2
    status=1
}

dynamic=$(readelf -dW "$library")
for entry in NEEDED VERNEED RELR TEXTREL; do
    ! echo "$dynamic" | grep -q "($entry)" ||
        complain "has a dynamic entry $entry, with which old or other dynamic linkers refuse it:" \
            "$(echo "$dynamic" | grep -m 1 "($entry)" | tr -s ' ')"
done

for symbol in $(readelf --dyn-syms -W "$library" | awk '$7 == "UND" && $8 != "" && $5 != "WEAK" { print $8 }'); do
    complain "refers to $symbol and is not loaded without it; put it into $list, if every C library has it," \
        "or do without it"
done
for symbol in $(readelf --dyn-syms -W "$library" | awk '$7 == "UND" && $5 == "WEAK" { print $8 }'); do
    grep -qF "X($symbol)" "$list" || complain "refers to $symbol, which is not in $list"
done

# Thread-local variables at a place that is known when the program starts; others call the C library.
for kind in $(readelf -rW "$library" | awk '$3 ~ /TLS|TPOFF|DTP|IRELATIV|COPY/ { print $3 }' | sort -u); do
    case $kind in
    R_X86_64_TPOFF64 | R_AARCH64_TLS_TPREL* | R_AARCH64_TPREL*) ;;
    *) complain "has a relocation $kind, which not every dynamic linker knows" ;;
    esac
done
exit "$status"
