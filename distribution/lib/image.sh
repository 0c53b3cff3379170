# shellcheck shell=sh
# The container image of KTSNd, with exactly what runs, and its bill of materials.
#
# $KTSN_WORK/image holds what is laid out for it: base/, a root filesystem of files of this machine's Debian packages, and
# context/, what distribution/kubernetes/Containerfile copies. The Java runtime there is kept between runs.

packages_to_image() {
    packages_to_cni
    cat <<'TABLE'
iproute2                command:ip              KTSNd makes interfaces with it; its files go into the image
podman                  command:podman          builds the image
runc                    command:runc            runs the build's commands
TABLE
}

# Programs of the system that KTSNd, its scripts and the manifests call.
IMAGE_PROGRAMS="sh cat chmod cmp cp dirname grep id ip ls mkdir mv nsenter readlink rm sed sleep tc"
IMAGE_DRIVERS="bus_pci bus_vdev mempool_ring net_virtio"
IMAGE_ADDRESS_MANAGERS="host-local static"

# image_command [--base REF] [--name REF] [--push REF]
image_command() {
    ic_base=
    ic_push=
    ic_name=localhost/ktsn:$KTSN_VERSION
    while [ $# -gt 0 ]; do
        case $1 in
        --base | --name | --push) [ -n "${2-}" ] || misused "image $1 needs the reference of an image." ;;
        *) misused "image does not know '$1'; give --base REF, --name REF, --push REF or nothing." ;;
        esac
        case $1 in
        --base) ic_base=$2 ;;
        --name) ic_name=$2 ;;
        --push) ic_push=$2 ;;
        esac
        shift 2
    done
    build_all
    ensure_packages image
    [ -f "$KTSN_HOME/bom.json" ] ||
        die "the distribution's bill of materials, $KTSN_HOME/bom.json, is not there; build without Maven's --offline, with which it makes none."
    IMAGE_WORK=$(work_file image)
    mkdir -p "$IMAGE_WORK/context"
    IMAGE_EPOCH=$(image_epoch)
    exec 7>"$IMAGE_WORK/lock"
    flock 7
    image_lay_out
    ic_other_base=$ic_base
    if [ -z "$ic_base" ]; then
        ic_base=localhost/ktsn-base:$KTSN_VERSION
        say "building $ic_base from this machine's packages"
        printf 'FROM scratch\nCOPY . /\n' |
            image_podman build --timestamp "$IMAGE_EPOCH" --layers -f - -t "$ic_base" "$IMAGE_WORK/base"
    fi
    say "building $ic_name"
    image_podman build --timestamp "$IMAGE_EPOCH" --layers -f "$KTSN_ROOT/distribution/kubernetes/Containerfile" \
        --build-arg "BASE=$ic_base" --build-arg "PACKAGES=$(image_package_names)" -t "$ic_name" "$IMAGE_WORK/context"
    ic_digest=$(podman image inspect --format '{{.Digest}}' "$ic_name")
    ic_bill=$IMAGE_WORK/ktsn-$KTSN_VERSION.cdx.json
    image_bill "$ic_bill"
    note "the bill of materials is $ic_bill"
    if [ -n "$ic_push" ]; then
        say "pushing $ic_push"
        image_podman push "$ic_name" "$ic_push"
    fi
    exec 7>&-
    echo "$ic_name $ic_digest"
}

# image_podman ARGUMENT...: what it says goes into the log.
image_podman() {
    podman "$@" >"$(work_file log/image.log)" 2>&1 7>&- || {
        show_tail "$KTSN_WORK/log/image.log" 15
        die "podman $1 failed; the reason is above."
    }
}

# image_epoch: the instant that all files of the image carry, seconds: of SOURCE_DATE_EPOCH, else the one that the bundles' files have.
image_epoch() {
    if [ -n "${SOURCE_DATE_EPOCH-}" ]; then
        echo "$SOURCE_DATE_EPOCH"
    else
        date -u +%s -d "$(sed -n 's|.*<project.build.outputTimestamp>\(.*\)</.*|\1|p' "$KTSN_ROOT/pom.xml")"
    fi
}

image_lay_out() {
    say "laying out the image's files"
    image_runtime "$IMAGE_WORK/context/runtime"
    rm -rf "$IMAGE_WORK/context/distribution"
    mkdir -p "$IMAGE_WORK/context/distribution/demo"
    for ilo_part in LICENSE NOTICE bin bundles cni features lib native shim; do
        cp -R "$KTSN_HOME/$ilo_part" "$IMAGE_WORK/context/distribution/"
    done
    # not what was put into this machine's distribution
    cp -R "$KTSN_ROOT/distribution/assembly/files/deploy" "$KTSN_ROOT/distribution/assembly/files/etc" \
        "$IMAGE_WORK/context/distribution/"
    rm -rf "$IMAGE_WORK/context/distribution/lib/bench"
    # for the first pod
    cp "$KTSN_HOME/demo/talker" "$KTSN_HOME/demo/listener" "$IMAGE_WORK/context/distribution/demo/"
    image_base "$IMAGE_WORK/base"
    chmod -R u=rwX,go=rX "$IMAGE_WORK/base" "$IMAGE_WORK/context"
}

# image_runtime DIRECTORY: kept as long as JDK and modules are the same.
image_runtime() {
    ir_key=$(cat "$JAVA_HOME/release" "$KTSN_ROOT/distribution/lib/runtime.sh" | cksum)
    [ "$(cat "$IMAGE_WORK/runtime.key" 2>/dev/null)" != "$ir_key" ] || return 0
    rm -f "$IMAGE_WORK/runtime.key"
    sh "$KTSN_ROOT/distribution/lib/runtime.sh" "$JAVA_HOME" "$1" >"$(work_file log/runtime.log)" 2>&1 || {
        show_tail "$KTSN_WORK/log/runtime.log"
        die "jlink of $JAVA_HOME can't make a Java runtime; the reason is above."
    }
    echo "$ir_key" >"$IMAGE_WORK/runtime.key"
}

# image_base DIRECTORY: programs and the libraries that they and KTSNd's native parts need, as they are on this machine,
# with what says which packages they come from (/var/lib/dpkg/status.d, where scanners look, and the licences).
image_base() {
    ib_root=$1
    rm -rf "$ib_root"
    for ib_directory in etc opt proc root run sys tmp usr/bin usr/lib usr/lib64 usr/sbin var/lib/dpkg/status.d; do
        mkdir -p "$ib_root/$ib_directory"
    done
    for ib_link in bin lib lib64 sbin; do
        [ ! -L "/$ib_link" ] || ln -s "usr/$ib_link" "$ib_root/$ib_link"
    done
    ln -s /run "$ib_root/var/run"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$ib_root/etc/passwd"
    echo 'root:x:0:' >"$ib_root/etc/group"
    echo 'hosts: files dns' >"$ib_root/etc/nsswitch.conf"
    image_files >"$IMAGE_WORK/needed"
    sort -u "$IMAGE_WORK/needed" >"$IMAGE_WORK/files"
    while read -r ib_file; do
        image_take "$ib_file"
    done <"$IMAGE_WORK/files" >"$IMAGE_WORK/taken"
    image_packages
    while read -r ib_package; do
        ib_name=${ib_package%:*}
        mkdir -p "$ib_root/usr/share/doc/$ib_name"
        cp -L "/usr/share/doc/$ib_name/copyright" "$ib_root/usr/share/doc/$ib_name/"
        dpkg-query -s "$ib_package" >"$ib_root/var/lib/dpkg/status.d/$ib_name"
    done <"$IMAGE_WORK/packages"
}

# image_files: the paths of all that is needed, with those of libraries as the linker finds them.
image_files() {
    {
        for if_program in $IMAGE_PROGRAMS; do
            command -v "$if_program" || die "'$if_program' is not on this machine, and the image needs it."
        done
        for if_manager in $IMAGE_ADDRESS_MANAGERS; do
            echo "/usr/lib/cni/$if_manager"
        done
        for if_driver in $IMAGE_DRIVERS; do
            image_driver "$if_driver"
        done
    } >"$IMAGE_WORK/programs"
    cat "$IMAGE_WORK/programs"
    # shellcheck disable=SC2046 # a list of paths
    find $(cat "$IMAGE_WORK/programs") "$IMAGE_WORK/context/distribution/native" "$IMAGE_WORK/context/distribution/demo" \
        "$IMAGE_WORK/context/runtime/bin" "$IMAGE_WORK/context/runtime/lib" ! -type d -exec ldd {} + 2>/dev/null |
        sed -n "\\|=> $IMAGE_WORK|d; s/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p"
    # where releases of the distribution have it
    find /etc/os-release /etc/debian_version /etc/iproute2 /usr/share/iproute2 /usr/lib/locale/C.utf8 ! -type d 2>/dev/null || :
}

# image_driver NAME: of the DPDK that the launcher is linked with, in the folder where its EAL looks.
image_driver() {
    id_eal=$(readlink -f "$(ldd "$KTSN_HOME/native/libktsn-native.so" | sed -n 's/.*librte_eal.*=> \(\/[^ ]*\) .*/\1/p')")
    id_release=${id_eal##*.so.}
    id_file=$(find "${id_eal%/*}/dpdk/pmds-$id_release" -name "librte_$1.so.${id_release%%.*}" 2>/dev/null)
    [ -n "$id_file" ] || die "DPDK's driver $1 of release $id_release is not below ${id_eal%/*}/dpdk; install libdpdk-dev."
    echo "$id_file"
}

# image_take PATH: copies a file into ib_root, and what it is a link to; prints where they are.
image_take() {
    it_place=$1
    while :; do
        it_place=$(readlink -f "${it_place%/*}")/${it_place##*/}
        echo "$it_place"
        mkdir -p "$ib_root${it_place%/*}"
        cp -P "$it_place" "$ib_root$it_place"
        [ -L "$it_place" ] || return 0
        it_target=$(readlink "$it_place")
        case $it_target in
        /*) it_place=$it_target ;;
        *) it_place=${it_place%/*}/$it_target ;;
        esac
    done
}

# image_packages: those that the files taken come from, a line each. Packages may know a file by its path before /usr was merged.
image_packages() {
    sed 'p; s|^/usr/|/|' "$IMAGE_WORK/taken" | sort -u | xargs dpkg-query -S >"$IMAGE_WORK/owners" 2>/dev/null || :
    sed -n '/^diversion /d; s/^\([^/]*\): \/.*/\1/p' "$IMAGE_WORK/owners" | tr -d ' ' | tr ',' '\n' | sort -u >"$IMAGE_WORK/packages"
    sed -n '/^diversion /d; s/^[^/]*: \(\/.*\)/\1/p' "$IMAGE_WORK/owners" | sed '/^\/usr\//!s|^|/usr|; s|^/usr/etc/|/etc/|' |
        sort -u >"$IMAGE_WORK/owned"
    ip_strangers=$(sort -u "$IMAGE_WORK/taken" | comm -23 - "$IMAGE_WORK/owned" | tr '\n' ' ')
    [ -z "$ip_strangers" ] || note "these files come from no package, so the bill of materials lacks them: $ip_strangers"
}

image_package_names() {
    sed 's/:.*//' "$IMAGE_WORK/packages" | tr '\n' ' '
}

# image_bill FILE: what the distribution is made of (CycloneDX, as Maven says), the Java runtime, and the system's packages: those
# of IMAGE_WORK/base, or of the image where that has another base.
image_bill() {
    image_records >"$IMAGE_WORK/records"
    {
        printf '{"type": "platform", "bom-ref": "java-runtime", "publisher": "%s", "name": "openjdk", "version": "%s", "cpe": "cpe:2.3:a:oracle:openjdk:%s:*:*:*:*:*:*:*"},\n' \
            "$(java_said IMPLEMENTOR)" "$(java_said JAVA_RUNTIME_VERSION)" "$(java_said JAVA_VERSION)"
        awk -v "distribution=$(sed -n 's/^ID=//p' /etc/os-release)-$(codename)" '
            function close_record() {
                if (name != "" && installed) {
                    coded = version
                    gsub(/\+/, "%2B", coded)
                    gsub(/:/, "%3A", coded)
                    url = "pkg:deb/debian/" name "@" coded "?arch=" architecture "&distro=" distribution
                    printf "{\"type\": \"library\", \"bom-ref\": \"%s\", \"name\": \"%s\", \"version\": \"%s\", \"purl\": \"%s\"},\n", url, name, version, url
                }
                name = ""
            }
            /^Package: / { close_record(); name = $2; installed = 1 }
            /^Status: / { installed = ($NF == "installed") }
            /^Version: / { version = $2 }
            /^Architecture: / { architecture = $2 }
            END { close_record() }' "$IMAGE_WORK/records"
    } >"$IMAGE_WORK/components"
    awk -v components="$IMAGE_WORK/components" '
        { print }
        /^  "components" : \[/ { while ((getline component < components) > 0) print "    " component }' "$KTSN_HOME/bom.json" >"$1.new"
    mv "$1.new" "$1"
}

# java_said KEY: of the JDK that the runtime is made of.
java_said() {
    sed -n "s/^$1=\"\(.*\)\"$/\1/p" "$JAVA_HOME/release"
}

# image_records: dpkg's record of each package.
image_records() {
    ire_root=$IMAGE_WORK/base
    if [ -n "$ic_other_base" ]; then
        ire_root=$IMAGE_WORK/other
        rm -rf "$ire_root"
        mkdir -p "$ire_root/var/lib"
        # not started: it is only looked into
        ire_container=$(podman create --network none "$ic_name" sh 7>&-) || die "podman can't make a container of $ic_name."
        podman cp "$ire_container:/var/lib/dpkg" "$ire_root/var/lib/" >/dev/null 7>&- ||
            die "what packages are in $ic_name can't be told: it has no /var/lib/dpkg."
        podman rm "$ire_container" >/dev/null 7>&-
    fi
    for ire_file in "$ire_root"/var/lib/dpkg/status "$ire_root"/var/lib/dpkg/status.d/*; do
        case $ire_file in
        *.md5sums) continue ;;
        esac
        [ ! -f "$ire_file" ] || cat "$ire_file"
        echo
    done
}
