#!/bin/sh
# roots.sh make FOLDER: root filesystems with C libraries that this machine does not have, in FOLDER/debian11,
# FOLDER/debian13 and FOLDER/musl, from the distribution's packages, with what compiles programs for them.
# roots.sh compile ROOT SOURCE PROGRAM [OPTION...]: compiles a program for a root, with its C library.
#
# Packages are fetched as apt does it, signatures and all, from where this machine gets its own.
set -eu
LC_ALL=C
export LC_ALL

keys=/usr/share/keyrings/debian-archive-keyring.gpg
# What the kernel's headers are about is the same everywhere: those of this machine stand behind the root's.
triplet=$(${CC:-cc} -dumpmachine | sed 's/-pc-/-/')

fail() {
    echo "roots.sh: $*" >&2
    exit 1
}

# apt_in WORK ARGUMENT...: apt with lists of its own.
apt_in() {
    ai_work=$1
    shift
    apt-get -q -o "Dir::Etc::SourceList=$ai_work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State=$ai_work/state" \
        -o "Dir::State::status=$ai_work/state/status" -o "Dir::Cache=$ai_work/cache" -o Acquire::Languages=none \
        -o Acquire::PDiffs=false -o Acquire::Retries=3 -o APT::Sandbox::User=root "$@"
}

# fetch_own WORK PACKAGE...: packages of this machine's own release, into WORK.
fetch_own() (
    cd "$1"
    shift
    # The lists may be missing, or older than the packages.
    apt-get -q download "$@" >log 2>&1 || { apt-get -q update && apt-get -q download "$@"; } >>log 2>&1 || {
        tail -n 20 log >&2
        fail "the packages $* could not be fetched."
    }
)

# fetch WORK RELEASE PACKAGE...: the packages of a release, into WORK.
fetch() {
    f_work=$1
    f_release=$2
    shift 2
    if [ "$f_release" = own ]; then
        fetch_own "$f_work" "$@"
        return
    fi
    [ -r "$keys" ] || fail "$keys is missing; install debian-archive-keyring."
    # shellcheck disable=SC2016 # apt expands it
    f_mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep '/debian/$' | head -n 1)
    [ -n "$f_mirror" ] || fail "this machine's package sources name no Debian mirror; add one to them."
    mkdir -p "$f_work/state/lists/partial" "$f_work/cache/archives/partial"
    : >"$f_work/state/status"
    echo "deb [signed-by=$keys] $f_mirror $f_release main" >"$f_work/sources.list"
    (cd "$f_work" && apt_in "$f_work" update && apt_in "$f_work" download "$@") >"$f_work/log" 2>&1 || {
        tail -n 20 "$f_work/log" >&2
        fail "the packages $* of $f_release could not be fetched."
    }
}

# make_root FOLDER NAME RELEASE PACKAGE...
make_root() {
    root=$1/$2
    [ ! -e "$root/made" ] || return 0
    rm -rf "$root" "$root.packages"
    mkdir -p "$root" "$root.packages"
    release=$3
    shift 3
    fetch "$root.packages" "$release" "$@" || exit
    for package in "$root.packages"/*.deb; do
        dpkg-deb -x "$package" "$root"
    done
    rm -rf "$root.packages"
    # Newer packages have everything below /usr, and leave the links to others.
    for name in bin sbin lib lib64; do
        [ -e "$root/$name" ] || [ ! -d "$root/usr/$name" ] || ln -s "usr/$name" "$root/$name"
    done
    # Links from the root's own beginning would lead the linker out of it.
    for folder in lib64 usr/lib/"$triplet"; do
        for link in "$root/$folder"/*; do
            target=$(readlink "$link") || continue
            case $target in
            /*) ln -sfn "$(echo "$folder" | sed 's|[^/]*|..|g')$target" "$link" ;;
            esac
        done
    done
    : >"$root/made"
}

# All at the same time: what takes long is reading lists of packages.
make_roots() {
    make_root "$1" debian11 bullseye libc6 libc6-dev libgcc-s1 dash busybox &
    mr_first=$!
    make_root "$1" debian13 trixie libc6 libc6-dev libgcc-s1 dash busybox &
    mr_second=$!
    make_root "$1" musl own musl musl-dev
    wait "$mr_first"
    wait "$mr_second"
}

compile() {
    root=$1
    source=$2
    program=$3
    shift 3
    grep -rqs '^extern int close_range' "$root/usr/include" || set -- "$@" -DNO_CLOSE_RANGE
    mkdir -p "${program%/*}"
    if [ -e "$root/usr/include/$triplet/bits/libc-header-start.h" ]; then
        # shellcheck disable=SC2086 # CC may have options
        # The compiler's own folders would lead to this machine's C library.
        ${CC:-cc} --sysroot="$root" -B"$root/usr/lib/$triplet" -L"$root/usr/lib/$triplet" -L"$root/lib/$triplet" \
            "$@" -idirafter /usr/include -idirafter "/usr/include/$triplet" -o "$program" \
            "$source" -pthread
        return
    fi
    musl=$(echo "$triplet" | sed 's/-gnu$/-musl/')
    loader=$(cd "$root/lib" && echo ld-musl-*.so.1)
    # shellcheck disable=SC2086
    ${CC:-cc} -nostdinc -isystem "$root/usr/include/$musl" -isystem "$(${CC:-cc} -print-file-name=include)" "$@" \
        -idirafter /usr/include -idirafter "/usr/include/$triplet" -nostdlib -nostartfiles -fno-stack-protector -no-pie \
        -o "$program" "$root/usr/lib/$musl/crt1.o" "$root/usr/lib/$musl/crti.o" "$source" \
        -L"$root/lib/$musl" -L"$root/usr/lib/$musl" -lc -lgcc "$root/usr/lib/$musl/crtn.o" "-Wl,--dynamic-linker=/lib/$loader"
}

case ${1-} in
make)
    mkdir -p "$2"
    make_roots "$(cd "$2" && pwd)"
    ;;
compile)
    shift
    compile "$@"
    ;;
*) fail "say make FOLDER, or compile ROOT SOURCE PROGRAM." ;;
esac
