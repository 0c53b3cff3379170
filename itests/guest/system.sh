#!/bin/sh
# system.sh BUILD: makes the guest's kernel and first file system of the packages in BUILD/packages: BUILD/vmlinuz
# and BUILD/system.cpio.
set -eu

here=$(dirname "$(readlink -f "$0")")
build=$1
busybox=$build/packages/busybox-static/bin/busybox
linux=$build/packages/linux-image-amd64
root=$build/system

rm -rf "$root" "$build/system.cpio"
mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/run" "$root/tmp" "$root/etc"
cp "$busybox" "$root/bin/busybox"
cp "$here/init" "$root/init"
chmod 755 "$root/init"
cp "$here/modules" "$root/etc/modules"

set -- "$linux"/boot/vmlinuz-*
release=${1##*/vmlinuz-}
# The emulated machine would take longer to unpack it than to run it. What is packed otherwise it unpacks itself.
packed=$(LC_ALL=C grep -obUaP '\xfd7zXZ\x00' "$1" | head -n 1 | cut -d: -f1)
[ -z "$packed" ] || tail -c "+$((packed + 1))" "$1" | xz -dc >"$build/vmlinuz" 2>/dev/null || :
[ "$(head -c 4 "$build/vmlinuz" 2>/dev/null | tr -d '\177')" = ELF ] || cp "$1" "$build/vmlinuz"

# Later releases have them elsewhere, and compressed, which busybox does not load.
base=$linux
[ -d "$base/lib/modules" ] || base=$linux/usr
modules=$base/lib/modules/$release
find "$modules" -name '*.ko.xz' -exec "$busybox" unxz {} +
"$busybox" depmod -b "$base" "$release"

# A line of modules.dep is a module with all that it needs; what is built in has none.
target=$root/lib/modules/$release
mkdir -p "$target"
cp "$modules/modules.dep" "$target/modules.dep"
while read -r module; do
    sed -n "s#^\(.*/$module\.ko\):#\1#p" "$modules/modules.dep"
done <"$here/modules" | tr ' ' '\n' | sort -u | while read -r file; do
    [ -n "$file" ] || continue
    mkdir -p "$target/$(dirname "$file")"
    cp "$modules/$file" "$target/$file"
done

# Programs of this machine, with the libraries that they name. Busybox' shell would take its own ip and tc.
for name in sh ip tc; do
    program=$(command -v "$name") || program=$(PATH=/usr/sbin:/sbin command -v "$name")
    cp -L "$program" "$root/bin/$name"
    ldd "$program" | sed -n 's#^[^/]*\(/[^ ]*\).*#\1#p'
done | sort -u | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done

(cd "$root" && find . | "$OLDPWD/$busybox" cpio -o -H newc 2>/dev/null) >"$build/system.cpio.new"
mv "$build/system.cpio.new" "$build/system.cpio"
