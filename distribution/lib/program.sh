# shellcheck shell=sh
# What a program is, as far as it decides whether LibKTSN can be preloaded into it.

# octets FILE OFFSET COUNT TYPE: as od reads them, without blanks.
octets() {
    od -An -v -t "$4" -j "$2" -N "$3" "$1" 2>/dev/null | tr -d ' \n'
}

# program_file COMMAND: the file that is executed in the end: of a script, its interpreter.
program_file() {
    pf_file=$(command -v -- "$1" 2>/dev/null) || return 1
    case $pf_file in
    */*) ;;
    *) return 1 ;; # the shell's own, which "env" looks up otherwise
    esac
    pf_depth=0
    while [ -f "$pf_file" ] && [ "$pf_depth" -lt 4 ] && [ "$(octets "$pf_file" 0 2 x1)" = 2321 ]; do
        pf_depth=$((pf_depth + 1))
        # shellcheck disable=SC2046 # words
        set -- $(head -n 1 "$pf_file" | cut -c 3-)
        pf_file=${1-}
        if [ "${pf_file##*/}" = env ] && [ "${2-}" != -S ]; then
            pf_file=$(command -v -- "${2-}" 2>/dev/null) || return 1
        fi
    done
    readlink -f "$pf_file"
}

# dynamic_linker FILE: the path of an ELF program's dynamic linker; empty if it has none.
dynamic_linker() {
    dl_at=$(octets "$1" 32 8 u8)
    dl_size=$(octets "$1" 54 2 u2)
    dl_left=$(octets "$1" 56 2 u2)
    while [ "${dl_left:-0}" -gt 0 ]; do
        if [ "$(octets "$1" "$dl_at" 4 u4)" = 3 ]; then
            dl_offset=$(octets "$1" $((dl_at + 8)) 8 u8)
            dl_length=$(octets "$1" $((dl_at + 32)) 8 u8)
            tail -c +$((dl_offset + 1)) "$1" | head -c $((dl_length - 1))
            return
        fi
        dl_at=$((dl_at + dl_size))
        dl_left=$((dl_left - 1))
    done
}

# why_not_preloaded LIBRARY COMMAND: says in a sentence why LibKTSN does not serve a command, or not all of it;
# nothing if it does, as far as the program's file tells.
why_not_preloaded() {
    wnp_file=$(program_file "$2") || return 0
    [ "$(octets "$wnp_file" 0 4 x1)" = 7f454c46 ] || return 0
    wnp_kernel="what it sends takes the kernel's path"
    if [ "$(octets "$wnp_file" 4 1 u1) $(octets "$wnp_file" 18 2 u2)" != "$(octets "$1" 4 1 u1) $(octets "$1" 18 2 u2)" ]; then
        echo "$wnp_file is compiled for another machine than LibKTSN, which is therefore not preloaded: $wnp_kernel."
        return
    fi
    if grep -qaF 'Go buildinf:' "$wnp_file"; then
        echo "$wnp_file is a Go program, which makes its system calls itself, without the C library: $wnp_kernel."
        return
    fi
    wnp_linker=$(dynamic_linker "$wnp_file")
    case ${wnp_linker##*/} in
    '')
        echo "$wnp_file is linked statically, so nothing can be preloaded into it: $wnp_kernel; link it dynamically."
        return
        ;;
    ld-linux* | ld64.so* | ld-musl-*) ;;
    *)
        echo "$wnp_file is for a C library that LibKTSN does not know ($wnp_linker): $wnp_kernel."
        return
        ;;
    esac
    if { [ -u "$wnp_file" ] && [ "$(stat -c %u "$wnp_file")" != "$(id -u)" ]; } ||
        { [ -g "$wnp_file" ] && [ "$(stat -c %g "$wnp_file")" != "$(id -g)" ]; }; then
        echo "$wnp_file takes another user's rights (set-user-ID or set-group-ID), so nothing is preloaded into it: $wnp_kernel."
    elif grep -qaF 'liburing.so' "$wnp_file"; then
        echo "$wnp_file uses io_uring, which LibKTSN does not see: what it sends that way takes the kernel's path."
    fi
}
