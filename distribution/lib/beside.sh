# shellcheck shell=sh
# A benchmark of two builds by turns: what is measured of one is measured of the other on the same machine, in the same minutes.

# bench_beside_baseline ARGUMENT...: measures this build and the one that --baseline names, N times each (--pairs N,
# 3), and compares the figures. Both must know the benchmark.
bench_beside_baseline() {
    bbb_other='' bbb_pairs=3 bbb_json=''
    bbb_left=$#
    while [ "$bbb_left" -gt 0 ]; do
        bbb_word=$1
        shift
        bbb_left=$((bbb_left - 1))
        case $bbb_word in
        --baseline | --pairs | --json)
            [ "$bbb_left" -gt 0 ] || misused "$bbb_word needs a value."
            set -- "$@" "$bbb_word=$1"
            shift
            bbb_left=$((bbb_left - 1))
            bbb_word=''
            ;;
        esac
        [ -z "$bbb_word" ] || set -- "$@" "$bbb_word"
    done
    for bbb_word; do
        shift
        case $bbb_word in
        --baseline=*) bbb_other=${bbb_word#*=} ;;
        --pairs=*) bbb_pairs=${bbb_word#*=} ;;
        --json=*) bbb_json=${bbb_word#*=} ;;
        *) set -- "$@" "$bbb_word" ;;
        esac
    done
    [ -x "$bbb_other/bin/ktsnd" ] ||
        die "--baseline is '$bbb_other', and there is no bin/ktsnd in it; give the folder of an unpacked distribution of another build."
    case $bbb_pairs in
    [1-9] | [1-9][0-9]) ;;
    *) misused "--pairs is '$bbb_pairs'; give 1 to 99." ;;
    esac
    bbb_other=$(readlink -f "$bbb_other")
    build_all
    bbb_folder=$(mktemp -d)
    trap 'rm -rf "$bbb_folder"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    bbb_failed=''
    bbb_pair=1
    while [ "$bbb_pair" -le "$bbb_pairs" ]; do
        _bench_turn this "" "$@"
        _bench_turn baseline "$bbb_other" "$@"
        bbb_pair=$((bbb_pair + 1))
    done
    find_jdk
    cli bench compare ${bbb_json:+"--json=$bbb_json"} "$bbb_folder/this" "$bbb_folder/baseline"
    [ -z "$bbb_failed" ] || die "$bbb_failed ended with a fault; see above."
}

# _bench_turn SIDE DISTRIBUTION ARGUMENT...
_bench_turn() {
    bt_side=$1
    bt_distribution=$2
    shift 2
    mkdir -p "$bbb_folder/$bt_side"
    say "turn $bbb_pair of $bbb_pairs: $bt_side"
    bt_status=0
    KTSN_DISTRIBUTION=${bt_distribution:-${KTSN_DISTRIBUTION-}} \
        "$KTSN_SCRIPT" bench "$@" --json "$bbb_folder/$bt_side/$bbb_pair.json" || bt_status=$?
    [ "$bt_status" -lt 129 ] || exit "$bt_status"
    [ "$bt_status" -eq 0 ] || bbb_failed="${bbb_failed:+$bbb_failed, }turn $bbb_pair of $bt_side"
    [ -s "$bbb_folder/$bt_side/$bbb_pair.json" ] || die "turn $bbb_pair of $bt_side measured nothing; see above."
}
