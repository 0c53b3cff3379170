#!/bin/sh
# Runs the demo's programs against each other over the loopback interface.
set -u
programs=$1
work=$(mktemp -d)
passed=0
failed=0
trap 'rm -rf "$work"' EXIT

# check NAME COMMAND...: the command must succeed.
check() {
    name=$1
    shift
    if "$@" >"$work/check.log" 2>&1; then
        echo "ok $name"
        passed=$((passed + 1))
    else
        echo "not ok $name"
        sed 's/^/     /' "$work/check.log"
        failed=$((failed + 1))
    fi
}

# says SENTENCE COMMAND...: the command must fail with code 1 or 2 and say this.
says() {
    sentence=$1
    shift
    "$@" >"$work/said" 2>&1
    code=$?
    cat "$work/said"
    { [ "$code" = 1 ] || [ "$code" = 2 ]; } && grep -q -e "$sentence" "$work/said"
}

octets() {
    wc -c <"$1" | tr -d ' '
}

# word FILE OFFSET: an unsigned 64-bit number of a file.
word() {
    od -A n -t u8 -j "$2" -N 8 "$1" | tr -d ' '
}

# converse OUTPUT FRAMES TALKER-OPTIONS...: a talker and a listener on the loopback interface.
converse() {
    converse_at 127.0.0.1:17770 "$@"
}

# converse_at ENDPOINT OUTPUT FRAMES TALKER-OPTIONS...
converse_at() {
    endpoint=$1
    output=$2
    frames=$3
    shift 3
    "$programs/listener" --bind "$endpoint" --output "$output" --frames "$frames" \
        --first-ms 10000 --quiet-ms 500 --linger-ms 50 --progress >"$work/listener.out" &
    listener=$!
    while ! grep -q ready "$work/listener.out"; do
        kill -0 "$listener" || return 1
    done
    "$programs/talker" --to "$endpoint" --frames "$frames" --period-ns 1000000 "$@" || return 1
    wait "$listener" || return 1
    cat "$work/listener.out"
    [ "$(word "$output" 8)" = "$frames" ] && [ "$(word "$output" 16)" = 0 ] &&
        [ "$(octets "$output")" = $((32 + 24 * frames)) ]
}

fill_of_the_second() {
    # The record's payload length is the talker's size, its sequence is 1.
    od -A n -t u4 -j 56 -N 8 "$work/txtime" | grep -Eq '^ *1 +100$'
}

mixed_sizes() {
    # size_of() for the numbers 0 to 4, from 100 to 1000, computed apart from it.
    converse "$work/mixed" 200 --size 100 --size-max 1000 || return 1
    sizes=$(od -A n -v -t u4 -w24 -j 32 -N 120 "$work/mixed" | awk '{ printf "%s ", $2 }')
    [ "$sizes" = "100 669 984 131 552 " ]
}

spinning_loop() {
    converse "$work/spin" 200 --mode spin || return 1
    [ "$(od -A n -v -t d8 -w24 -j 32 "$work/spin" | awk '$3 < $2' | wc -l)" -eq 0 ]
}

native_loop() {
    base=$(($(date +%s) * 1000000000 + $("$programs/nativeloop" --offset) + 1500000000))
    "$programs/nativeloop" --base-ns "$base" --count 100 --output "$work/native" || return 1
    [ "$(word "$work/native" 8)" = 100 ] && [ "$(octets "$work/native")" = $((16 + 16 * 100)) ] &&
        [ "$(word "$work/native" 16)" = "$base" ] &&
        [ "$(word "$work/native" 24)" -ge "$base" ]
}

yardstick() {
    "$programs/yardstick" 1024 64 >"$work/steps" || return 1
    [ "$(cut -d ' ' -f 1 "$work/steps" | tr '\n' ' ')" = "ring stack shaper commitment launch completion sum " ]
}

alone() {
    "$programs/listener" --bind 127.0.0.1:17771 --output "$work/none" --frames 5 --first-ms 50 &&
        [ "$(octets "$work/none")" = 32 ]
}

# ---- cost ----

measures_every_call() {
    "$programs/cost" --to 127.0.0.1 --turns 3 --calls 3 --sends 2 --pause-us 1 --starts 3 --preload "" >"$work/cost" || return 1
    [ "$(cut -d ' ' -f 1 "$work/cost" | tr '\n' ' ')" = \
        "setsockopt connect sendmsg close dup2 prctl poll epoll_ctl epoll_wait stamped soon start " ] &&
        [ "$(grep -c '^[a-z_0-9]* [0-9]*\.[0-9] [0-9]*\.[0-9]$' "$work/cost")" -eq 12 ]
}
check shouldMeasureEveryCall measures_every_call
check shouldAskWhereTo says "give --to ADDRESS" "$programs/cost" --turns 3


check "shouldDeliverDatagramsWithLaunchTimes" converse "$work/txtime" 200 --size 100 --priority 6
check "shouldRecordSequenceAndLength" fill_of_the_second
check "shouldDeliverDatagramsOfTheSendAndSleepLoop" converse "$work/sleep" 200 --mode sleep
check "shouldNotSendBeforeTheInstantWhenItSpins" spinning_loop
check "shouldTalkOverIpv6Too" converse_at "[::1]:17773" "$work/ipv6" 200 --from "[::1]:17774"
check "shouldAskWhatBecameOfItsDatagrams" converse "$work/reports" 50 --reports
check "shouldSendFramesToo" \
    "$programs/talker" --to 127.0.0.1:17775 --frames 20 --frames-to lo,00:00:00:00:00:00
check "shouldNameANeighbourThatIsNone" \
    says "lo,1 is not INTERFACE,MAC" "$programs/talker" --to 127.0.0.1:1 --frames-to lo,1
check "shouldMixSizesAsEveryoneCanCompute" mixed_sizes
check "shouldNameAGreatestSizeBelowTheLeast" \
    says "--size-max 99 is less than --size 100" \
    "$programs/talker" --to 127.0.0.1:1 --size 100 --size-max 99
check "shouldMeetEachInstantInTheNativeLoop" native_loop
check "shouldMeasureEachStepOfADatagramsWay" yardstick
check "shouldGiveUpWhenNobodyTalks" alone
check "shouldNameAnOptionOutOfRange" \
    says "--size 15 is not a whole number from 16 to 65507" \
    "$programs/talker" --to 127.0.0.1:1 --size 15
check "shouldNameTextThatIsNoNumber" \
    says "--frames many is not a whole number" "$programs/talker" --to 127.0.0.1:1 --frames many
check "shouldNameAnAddressThatIsNone" \
    says "localhost is not an IPv4 address" "$programs/talker" --to localhost:1
check "shouldNameAnIpv6AddressThatIsNone" \
    says "fd77::x is not an IPv6 address" "$programs/talker" --to "[fd77::x]:1"
check "shouldSayHowEndpointsAreWritten" \
    says "not ADDRESS:PORT, for instance 10.77.0.3:7777 or \[fd77::3\]:7777" \
    "$programs/listener" --bind "[::]7777" --output "$work/none"
check "shouldAskForAPeer" says "give --to ADDRESS:PORT" "$programs/talker"
check "shouldAskForAFile" says "give --output FILE" "$programs/listener" --bind 127.0.0.1:17772
check "shouldAskForAChannel" says "give --socket PATH" "$programs/fuzzer" --seconds 1
check "shouldNameAChannelThatIsNotThere" \
    says "can't connect to $work/none.sock: No such file" \
    "$programs/fuzzer" --socket "$work/none.sock" --from 127.0.0.1:9 --to 127.0.0.1:9
check "shouldNameAModeThatIsNone" \
    says "neither txtime nor sleep nor spin" "$programs/talker" --to 127.0.0.1:1 --mode fast
echo "demo programs: $passed passed, $failed failed"
[ "$failed" = 0 ]
