# shellcheck shell=sh
# The containers of 'demo --runtime': what is left of them when whoever made them is gone.

# use_containers: KTSN_CONTAINERS is the folder that they are made in. It is made before all else and
# removed behind all else, so without it nothing is left. Not below /run, which many systems mount noexec.
use_containers() {
    KTSN_CONTAINERS=/var/lib/$KTSN_INSTANCE-containers
    export KTSN_CONTAINERS
}

# Ends the containers and their runtime, and removes everything that was made for them, and what 'bench
# cni' made in their place.
end_left_containers() {
    for elc_namespace in /run/netns/"$KTSN_INSTANCE"-cni-*; do
        [ ! -e "$elc_namespace" ] || ip netns del "${elc_namespace##*/}" || :
    done
    ip link del "cni-$KTSN_INSTANCE" 2>/dev/null || :
    [ -d "$KTSN_CONTAINERS" ] || return 0
    # Podman knows itself which namespaces and mounts it made.
    if [ -d "$KTSN_CONTAINERS/podman.root" ]; then
        timeout 30 "$KTSN_CONTAINERS/podman" rm --all --force --time 0 >/dev/null 2>&1 </dev/null || :
    fi
    # The first process of each container names the folder too, and takes the others with it.
    for elc_process in /proc/[0-9]*; do
        ! pid_runs "${elc_process#/proc/}" "$KTSN_CONTAINERS" || kill -9 "${elc_process#/proc/}" 2>/dev/null || :
    done
    sed -n "s|^[^ ]* [^ ]* [^ ]* [^ ]* \($KTSN_CONTAINERS/[^ ]*\) .*|\1|p" /proc/self/mountinfo | sort -r |
        while read -r elc_mount; do
            umount -l "$elc_mount" || :
        done
    remove_control_groups
    rm -f /var/lib/cni/results/"$KTSN_INSTANCE"-*
    [ ! -x "$KTSN_CONTAINERS/remove" ] || "$KTSN_CONTAINERS/remove" || :
    rm -rf --one-file-system "$KTSN_CONTAINERS"
}

# A group is busy until the last of its processes is wholly gone.
remove_control_groups() {
    for rcg_try in 1 2 3 4 5 6 7 8 9 10; do
        rcg_left=no
        for rcg_group in /sys/fs/cgroup/"$KTSN_INSTANCE" /sys/fs/cgroup/*/"$KTSN_INSTANCE"; do
            [ -d "$rcg_group" ] || continue
            find "$rcg_group" -depth -type d -exec rmdir {} + 2>/dev/null || rcg_left=yes
        done
        [ "$rcg_left" = yes ] || return 0
        sleep 0.2
    done
    say "control groups of $KTSN_INSTANCE are still in use after $rcg_try tries; they are left in /sys/fs/cgroup"
}
