#!/bin/sh
# go-cni 1.1.7 (containerd's way to CNI plugins; Debian 12)
# Guess:     the capability `bandwidth` reaches a plugin as the CNI conventions write it:
#            {"ingressRate": ..., "ingressBurst": ..., "egressRate": ..., "egressBurst": ...}.
# Behaviour: the structure has no JSON names, so it arrives with Go's: {"IngressRate": ...}. Plugins in Go
#            don't notice, since their decoder takes names in any case; all others find nothing there.
# Matters:   a limit that Kubernetes was asked for is silently none, unless names are compared so.
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT INT TERM
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download golang-1.19-go golang-1.19-src \
    golang-github-containerd-go-cni-dev=1.1.7-2 golang-github-appc-cni-dev >/dev/null
for deb in *.deb; do dpkg -x "$deb" .; done

mkdir show
cat >show/main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"

	cni "github.com/containerd/go-cni"
)

func main() {
	asked, _ := json.Marshal(cni.BandWidth{EgressRate: 10000000, EgressBurst: 80000})
	fmt.Println(string(asked))
}
GO
export GOROOT="$work/usr/lib/go-1.19" GOPATH="$work/usr/share/gocode" GO111MODULE=off GOCACHE="$work/cache" GOFLAGS=
ln -sfn "$work/usr/share/go-1.19/src" "$GOROOT/src"
(cd show && "$GOROOT/bin/go" run main.go) >seen 2>err || { cat err; exit 1; }
cat seen
[ "$(cat seen)" = '{"IngressRate":0,"IngressBurst":0,"EgressRate":10000000,"EgressBurst":80000}' ] || {
    echo "no longer so: expected Go's own names"
    exit 1
}
