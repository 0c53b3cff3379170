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
#
# The three have a session of their own: a Ctrl-C is for who started them, who takes them down in order.
set -eu
directory=$1
plugin=$2
shift 2
reference=/usr/lib/cni
[ -d "$reference" ] || {
    echo "the reference CNI plugins are not in $reference; run: apt-get install containernetworking-plugins" >&2
    exit 1
}

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

cat >"$directory/containers.conf" <<END
[network]
network_backend = "cni"
network_config_dir = "$directory/net.d"
cni_plugin_dirs = ["$directory/bin"]
default_network = "plain"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
END
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
chmod 755 "$directory/containerd" "$directory/ctr" "$directory/podman"
