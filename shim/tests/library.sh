#!/bin/sh
# library.sh BUILD: whether libktsn.so loads wherever it is preloaded, and the build sees what would keep it from that.
# shellcheck disable=SC2016,SC2317,SC2329 # inner shells expand; check calls the functions
set -u
here=$(dirname "$0")
build=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
failed=0

# check NAME COMMAND...: the command must succeed.
check() {
    name=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then
        echo "ok $name"
    else
        echo "not ok $name"
        sed 's/^/# /' "$scratch/log"
        failed=1
    fi
}

# ---- what the build refuses ----

# refused PATTERN SOURCE OPTION...: a library of this source, which is not loaded everywhere.
refused() {
    pattern=$1
    echo "$2" >"$scratch/source.c"
    shift 2
    ${CC:-cc} -shared -fPIC -O1 -fno-builtin -o "$scratch/source.so" "$@" "$scratch/source.c" || return 1
    if sh "$here/../check-library.sh" "$scratch/source.so" "$here/../src/libc.h" >"$scratch/said" 2>&1; then
        echo "not refused"
        return 1
    fi
    cat "$scratch/said"
    grep -q -e "$pattern" "$scratch/said"
}
check "the library as it is built passes" sh "$here/../check-library.sh" "$build/libktsn.so" "$here/../src/libc.h"
check "a symbol that must be there is refused" refused 'refers to pthread_atfork and is not loaded' \
    'int pthread_atfork(void *, void *, void *); int f(void) { return pthread_atfork(0, 0, 0); }' -nostdlib
check "so is one that should be there" refused 'refers to dlsym, which is not in' \
    'extern void *dlsym(void *, const char *) __attribute__((weak)); void *f(void) { return dlsym(0, ""); }' -nostdlib
check "a library that it needs is refused" refused '(NEEDED)' 'int getpid(void); int f(void) { return getpid(); }'
check "packed relocations are refused" refused '(RELR)' 'static int a; int *f[] = {&a, &a, &a};' -nostdlib \
    -Wl,-z,pack-relative-relocs
check "thread-local variables that the C library finds are refused" refused '__tls_get_addr\|DTPMOD\|TLSDESC' \
    '_Thread_local int a; int f(void) { return a++; }' -nostdlib

# ---- where it is loaded ----

# starts COMMAND...: it says nothing but "here".
starts() {
    said=$(env -i "PATH=$PATH" "LD_PRELOAD=$build/libktsn.so" "$@" 2>&1) || return 1
    echo "'$said'"
    [ "$said" = here ]
}
for root in debian11 debian13; do
    check "a shell of $root starts" starts chroot "$build/roots/$root" /bin/dash -c 'echo here'
    check "so does the multi-call binary of $root" starts chroot "$build/roots/$root" /bin/busybox echo here
done
printf '#include <stdio.h>\nint main(void) { return puts("here") < 0; }\n' >"$scratch/here.c"
sh "$here/roots.sh" compile "$build/roots/musl" "$scratch/here.c" "$build/roots/musl/programs/here"
check "a program of musl starts" starts chroot "$build/roots/musl" /programs/here
# by_file ROOT COMMAND...: preloaded as it is in containers, by a file; musl does not read it.
by_file() {
    file=$build/roots/$1/etc/ld.so.preload
    echo "$build/libktsn.so" >"$file" || return 1
    said=$(env -i "PATH=$PATH" unshare --mount --propagation private sh -c '
        mkdir -p "$1/proc" && mount -t proc proc "$1/proc" && exec chroot "$@"' sh "$build/roots/$1" "$2" ${3+"$3" "$4"} 2>&1)
    rm "$file"
    echo "'$said'"
    [ "$said" = here ]
}
for root in debian11 debian13; do
    check "it is loaded by the file of containers in $root" by_file "$root" /bin/dash -c \
        'while read -r line; do case $line in *libktsn.so) echo here && exit ;; esac; done </proc/self/maps'
done
check "the file of containers harms no program of musl" by_file musl /programs/here

# A C library that nobody knows: a dynamic linker of another name.
loader=$(readelf -lW /bin/true | sed -n 's/.*interpreter: \(.*\)]/\1/p')
cp "$loader" "$scratch/ld-other.so.1"
${CC:-cc} -o "$scratch/other" "-Wl,--dynamic-linker=$scratch/ld-other.so.1" "$scratch/here.c"
check "a program of an unknown C library starts" starts "$scratch/other"
${CC:-cc} -std=c11 -D_GNU_SOURCE -o "$scratch/stranger" "-Wl,--dynamic-linker=$scratch/ld-other.so.1" "$here/talker.c" -pthread
# untouched: the library opens nothing there, though it is asked for a transmission time.
untouched() {
    printf 'socket\ntxtime 11 0\nstamp 127.0.0.1 9 8 1 1\n' |
        LD_PRELOAD=$build/libktsn.so strace -f -o "$scratch/trace" "$scratch/stranger" || return 1
    ! grep -q 'AF_UNIX\|SO_COOKIE\|MADV_WIPEONFORK' "$scratch/trace" && grep -q 'SO_TXTIME.*= 0' "$scratch/trace"
}
check "and it is left alone" untouched

# No C library at all: what the library would need is nowhere.
echo 'void leave(void);
void _start(void) { leave(); }' >"$scratch/alone.c"
echo 'void leave(void) {
#ifdef __x86_64__
    __asm__ volatile("syscall" : : "a"(60), "D"(7));
#else
    register long x8 __asm__("x8") = 93; register long x0 __asm__("x0") = 7;
    __asm__ volatile("svc 0" : : "r"(x8), "r"(x0));
#endif
}' >"$scratch/leave.c"
${CC:-cc} -shared -fPIC -nostdlib -o "$scratch/libleave.so" "$scratch/leave.c"
${CC:-cc} -nostdlib -o "$scratch/alone" "$scratch/alone.c" "$scratch/libleave.so" "-Wl,-rpath,$scratch"
alone() {
    LD_PRELOAD=$build/libktsn.so "$scratch/alone"
    [ $? -eq 7 ]
}
check "a program without a C library starts" alone

# ---- what is preloaded beside it ----

${CC:-cc} -fsanitize=address -o "$scratch/sanitized" "$scratch/here.c"
${CC:-cc} -fsanitize=address -static-libasan -o "$scratch/own" "$scratch/here.c"
in_order() {
    said=$(LD_PRELOAD="$(${CC:-cc} -print-file-name=libasan.so) $build/libktsn.so" "$scratch/sanitized" 2>&1) || return 1
    [ "$said" = here ]
}
check "the address sanitizer's library works in front" in_order
check "it works behind where its check is off" starts env ASAN_OPTIONS=verify_asan_link_order=0 "$scratch/sanitized"
check "a program that has the sanitizer in it works" starts "$scratch/own"

# ---- again and again ----

starts_often() {
    said=$(LD_PRELOAD=$build/libktsn.so sh -c '
        count=0
        while [ $count -lt 10000 ]; do
            /bin/true || exit
            count=$((count + 1))
        done' 2>&1) && [ -z "$said" ]
}
check "10,000 programs start one after the other" starts_often

exit "$failed"
