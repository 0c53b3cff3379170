#!/bin/sh
# Makes a container's root filesystem out of programs of this machine and the libraries they need.
#   rootfs.sh DIRECTORY PROGRAM...
set -eu
root=$1
shift
for folder in bin tmp proc sys dev etc run/ktsn opt/ktsn; do
    mkdir -p "$root/$folder"
done
for program; do
    path=$(command -v "$program")
    cp -L "$path" "$root/bin/"
    ldd "$path" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$root${library%/*}"
        cp -L "$library" "$root$library"
    done
done
