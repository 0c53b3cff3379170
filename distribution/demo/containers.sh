#!/bin/sh
# Makes a folder in which containers run apart from every other container of the machine:
#
#   containers.sh DIRECTORY PLUGIN PROGRAM...
#
#   root/        a container's root filesystem: the programs and the libraries that they need
#   bin/         CNI plugins: the reference ones and PLUGIN
#   net.d/       for networks
#   containerd   starts a containerd with everything here, in the foreground
#   ctr          its client; net.d/ and bin/ stand for it where the system's folders are
#   podman       Podman with storage, networks and plugins here
#   in-network   runs a command while a network namespace with the plugins' interfaces is there, for a
#                Podman that calls no CNI plugins
#   cni-podman   is there if Podman does call them
#   remove       removes all of it, and the system's folders that were made for it
#
# The programs have a session of their own: a Ctrl-C is for who started them, who takes them down in order.
set -eu
directory=$1
plugin=$2
shift 2
reference=/usr/lib/cni
[ -d "$reference" ] || {
    echo "the reference CNI plugins are not in $reference; run: apt-get install containernetworking-plugins" >&2
    exit 1
}

mkdir -p "$directory"
cat >"$directory/remove" <<END
#!/bin/sh
[ ! -e '$directory/made' ] || sort -r '$directory/made' | xargs -r rmdir --ignore-fail-on-non-empty
exec rm -rf --one-file-system '$directory'
END
chmod 755 "$directory/remove"

# ctr looks into this folder only, and something must be there for net.d/ to be mounted on. Of the packages
# that we need none brings it.
for folder in /etc/cni /etc/cni/net.d; do
    [ -d "$folder" ] || {
        echo "$folder" >>"$directory/made"
        mkdir "$folder"
    }
done

mkdir -p "$directory/bin" "$directory/net.d"
for folder in bin tmp proc sys dev etc run/ktsn opt/ktsn; do
    mkdir -p "$directory/root/$folder"
done
for program; do
    path=$(command -v "$program")
    cp -L "$path" "$directory/root/bin/"
    ldd "$path" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$directory/root${library%/*}"
        cp -L "$library" "$directory/root$library"
    done
done
ln -sf "$reference"/* "$directory/bin/"
cp "$plugin" "$directory/bin/"

cat >"$directory/containerd.toml" <<END
version = 2
root = "$directory/containerd.root"
state = "$directory/containerd.state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$directory/c.sock"
[ttrpc]
  address = "$directory/t.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$directory/containerd.opt"
END
cat >"$directory/containerd" <<END
#!/bin/sh
exec setsid containerd -c '$directory/containerd.toml'
END
# ctr knows no other folders than the system's: it gets a view of its own.
cat >"$directory/ctr" <<END
#!/bin/sh
exec setsid unshare --mount --propagation private sh -c '
    mount --bind "\$0/net.d" /etc/cni/net.d && mount -t tmpfs ktsn /opt && mkdir -p /opt/cni/bin &&
        mount --bind "\$0/bin" /opt/cni/bin && exec ctr -a "\$0/c.sock" "\$@"' '$directory' "\$@"
END

# podman_config NETWORK...: Podman's configuration, with lines about its networks.
podman_config() {
    {
        echo "[network]"
        printf '%s\n' "$@"
        echo "[engine]"
        echo 'cgroup_manager = "cgroupfs"'
        echo 'events_logger = "file"'
        echo 'runtime = "runc"'
    } >"$directory/containers.conf"
}

cat >"$directory/storage.conf" <<END
[storage]
driver = "vfs"
graphroot = "$directory/podman.root"
runroot = "$directory/podman.run"
END
cat >"$directory/podman" <<END
#!/bin/sh
CONTAINERS_CONF='$directory/containers.conf'
CONTAINERS_STORAGE_CONF='$directory/storage.conf'
export CONTAINERS_CONF CONTAINERS_STORAGE_CONF
exec setsid podman --root '$directory/podman.root' --runroot '$directory/podman.run' --tmpdir '$directory/podman.tmp' "\$@"
END
# in-network NAME COMMAND...: NAME is the namespace, the container for the plugins, and the pod. Plugins complain
# on standard output.
cat >"$directory/in-network" <<END
#!/bin/sh
name=\$1
shift
plugin() {
    if ! said=\$(CNI_COMMAND=\$1 CNI_CONTAINERID=\$name CNI_NETNS=/run/netns/\$name CNI_IFNAME=\$3 CNI_PATH='$directory/bin' \\
        CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAME=\$name" '$directory/bin/'\$2 <'$directory/net.d/'\$3.conf); then
        echo "\$2 \$1: \$said" >&2
        return 1
    fi
}
leave() {
    trap '' INT TERM HUP
    plugin DEL tsn-cni tsn0
    plugin DEL bridge eth0
    ip netns del "\$name"
}
ip netns add "\$name" || exit
trap leave EXIT
trap 'exit 143' INT TERM HUP
plugin ADD bridge eth0 && plugin ADD tsn-cni tsn0 || exit
"\$@" &
wait \$!
END
chmod 755 "$directory/containerd" "$directory/ctr" "$directory/podman" "$directory/in-network"

# Podman 5 can be built without CNI, and Debian's is: it says so when asked for it.
if command -v podman >/dev/null; then
    podman_config 'network_backend = "cni"' "network_config_dir = \"$directory/net.d\"" \
        "cni_plugin_dirs = [\"$directory/bin\"]" 'default_network = "plain"'
    if [ "$("$directory/podman" info --format '{{.Host.NetworkBackend}}' 2>/dev/null)" = cni ]; then
        : >"$directory/cni-podman"
    else
        podman_config
    fi
fi
