# shellcheck shell=sh
# Hugepages of 2 MiB: what an instance takes of the machine's memory, and gives back.
#
# The file hugepages in the run directory holds how many pages this instance added in all. While the
# number in the kernel is being changed, hugepages.intent holds "BEFORE ADDED".

HUGEPAGES=/sys/kernel/mm/hugepages/hugepages-2048kB

# Pages that a process which is just ending still holds are counted by the kernel, and go with it.
lasting_hugepages() {
    echo $(($(cat "$HUGEPAGES/nr_hugepages") - $(cat "$HUGEPAGES/surplus_hugepages")))
}

# reserve_hugepages MEBIOCTETS USER
reserve_hugepages() {
    [ -d "$HUGEPAGES" ] || die "this kernel has no hugepages of 2 MiB; DPDK needs a kernel with CONFIG_HUGETLBFS."
    settle_hugepages_intent
    mount_hugetlbfs
    rh_needed=$((($1 + 1) / 2))
    rh_free=$(($(cat "$HUGEPAGES/free_hugepages") - $(cat "$HUGEPAGES/resv_hugepages")))
    rh_add=$((rh_needed - rh_free))
    [ "$rh_add" -gt 0 ] || return 0

    say "reserving hugepages for $2: $rh_add of 2 MiB ($((rh_add * 2)) MiB, given back by 'down')"
    rh_before=$(lasting_hugepages)
    echo "$rh_before $rh_add" >"$KTSN_RUN/hugepages.intent"
    echo $((rh_before + rh_add)) >"$HUGEPAGES/nr_hugepages"
    if [ "$(lasting_hugepages)" -lt $((rh_before + rh_add)) ]; then
        # Memory is there but in pieces: let the kernel drop caches and compact, then try once more.
        echo 3 >/proc/sys/vm/drop_caches
        echo 1 >/proc/sys/vm/compact_memory 2>/dev/null || :
        echo $((rh_before + rh_add)) >"$HUGEPAGES/nr_hugepages"
    fi
    rh_got=$(($(lasting_hugepages) - rh_before))
    settle_hugepages_intent
    if [ "$rh_got" -lt "$rh_add" ]; then
        return_hugepages
        die "the kernel gave only $rh_got of $rh_add hugepages (2 MiB each): free $(((rh_add - rh_got) * 2)) MiB of memory," \
            "or reserve them at boot with hugepages=$((rh_before + rh_add)) on the kernel's command line."
    fi
}

# Turns an intent, finished or cut short, into the number of pages that this instance has to give back.
settle_hugepages_intent() {
    [ -f "$KTSN_RUN/hugepages.intent" ] || return 0
    shi_before=0
    shi_add=0
    read -r shi_before shi_add <"$KTSN_RUN/hugepages.intent" || :
    shi_got=$(($(lasting_hugepages) - ${shi_before:-0}))
    [ "$shi_got" -le "${shi_add:-0}" ] || shi_got=${shi_add:-0}
    [ "$shi_got" -ge 0 ] || shi_got=0
    echo $(($(hugepages_added) + shi_got)) >"$KTSN_RUN/hugepages.new"
    rm "$KTSN_RUN/hugepages.intent"
    mv "$KTSN_RUN/hugepages.new" "$KTSN_RUN/hugepages"
}

hugepages_added() {
    if [ -s "$KTSN_RUN/hugepages" ]; then
        cat "$KTSN_RUN/hugepages"
    else
        echo 0
    fi
}

return_hugepages() {
    settle_hugepages_intent
    rt_added=$(hugepages_added)
    if [ "$rt_added" -gt 0 ]; then
        rm "$KTSN_RUN/hugepages"
        rt_now=$(lasting_hugepages)
        if [ "$rt_now" -gt "$rt_added" ]; then
            echo $((rt_now - rt_added)) >"$HUGEPAGES/nr_hugepages"
        else
            echo 0 >"$HUGEPAGES/nr_hugepages"
        fi
    fi
    # Only the one that is ours, and only if no other instance uses it: else it is busy and stays.
    if grep -q '^ktsn /dev/hugepages hugetlbfs ' /proc/mounts; then
        umount /dev/hugepages 2>/dev/null || :
    fi
}

# The device name says that the mount is ours.
mount_hugetlbfs() {
    if ! grep -q ' hugetlbfs ' /proc/mounts; then
        mkdir -p /dev/hugepages
        mount -t hugetlbfs -o pagesize=2M ktsn /dev/hugepages
    fi
}
