#!/bin/sh
# The smallest controller: gives a node a schedule and waits until it is operational.
#
#   controller.sh NODE FILE [OPTION...]
#
# FILE holds the schedule as JSON. OPTIONs are those of mosquitto_pub and mosquitto_sub that name the
# broker: -h HOST -p PORT --cafile FILE. KTSN_NETWORK is the network's name (default).
set -eu
node=$1 file=$2
shift 2
topics=ktsn/v1/${KTSN_NETWORK:-default}/$node
version=$(date +%s%3N)
id=shell-$version

answers=$(mktemp -d)/answers
mkfifo "$answers"
mosquitto_sub "$@" -V 5 -q 1 -W 60 -t "$topics/status" -t "$topics/response/$id" >"$answers" &
trap 'kill $! 2>/dev/null || :; rm -r "${answers%/*}"' EXIT

while read -r line; do
    case $line in
    *'"state":"online"'*) # retained: the subscription works, and the node is there
        printf '{"id":"%s","version":%s,"schedule":%s}' "$id" "$version" "$(cat "$file")" |
            mosquitto_pub "$@" -V 5 -q 1 -r -t "$topics/desired" -s -D publish response-topic "$topics/response/$id"
        ;;
    *) echo "$line" ;;
    esac
    case $line in *'"answer":"operational"'*) exit 0 ;; *'"answer":"refused"'* | *'"answer":"superseded"'*) exit 1 ;; esac
done <"$answers"
exit 4 # no answer
