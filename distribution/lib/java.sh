# shellcheck shell=sh
# Finds JDK 25, whatever the default java is, or installs it.

KTSN_JAVA_RELEASE=25

# java_release DIRECTORY: the release of the JDK that is there; nothing if there is none.
java_release() {
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

# find_jdk: sets and exports JAVA_HOME, or ends with a sentence. JAVA_HOME may name a later release. Without it
# the very release goes before later ones, of which some checks of the build know nothing.
find_jdk() {
    is_java_home_fit || look_for_jdk "$KTSN_JAVA_RELEASE" || look_for_jdk later || no_jdk
    export JAVA_HOME
}

# ensure_jdk: the same, and installs one of the very release rather than take a later one.
ensure_jdk() {
    is_java_home_fit || look_for_jdk "$KTSN_JAVA_RELEASE" || install_jdk || look_for_jdk later || no_jdk
    export JAVA_HOME
}

is_java_home_fit() {
    [ -n "${JAVA_HOME-}" ] || return 1
    ijf_release=$(java_release "$JAVA_HOME")
    [ "${ijf_release:-0}" -ge "$KTSN_JAVA_RELEASE" ]
}

# look_for_jdk RELEASE: sets JAVA_HOME to one of this release, or of one later than ours ("later").
look_for_jdk() {
    lfj_on_path=$(command -v javac 2>/dev/null) || lfj_on_path=
    [ -z "$lfj_on_path" ] || lfj_on_path=$(dirname "$(dirname "$(readlink -f "$lfj_on_path")")")
    for lfj_home in "$lfj_on_path" /usr/lib/jvm/* /opt/*jdk* "${HOME-}"/.sdkman/candidates/java/*; do
        lfj_release=$(java_release "$lfj_home")
        if [ "${lfj_release:-0}" = "$1" ] ||
            { [ "$1" = later ] && [ "${lfj_release:-0}" -gt "$KTSN_JAVA_RELEASE" ]; }; then
            JAVA_HOME=$lfj_home
            return 0
        fi
    done
    return 1
}

# install_jdk: from the distribution's packages, if they have it and we may.
install_jdk() {
    ij_package=openjdk-$KTSN_JAVA_RELEASE-jdk-headless
    [ "$(id -u)" -eq 0 ] && knows_package "$ij_package" || return 1
    say "installing packages: $ij_package (compiles and runs KTSNd)"
    install_packages "$ij_package"
    look_for_jdk "$KTSN_JAVA_RELEASE"
}

no_jdk() {
    if [ -n "${JAVA_HOME-}" ]; then
        nj_where="JAVA_HOME is '$JAVA_HOME', which is not one, and there is none in /usr/lib/jvm"
    else
        nj_where="there is none in /usr/lib/jvm and JAVA_HOME is not set"
    fi
    if knows_package "openjdk-$KTSN_JAVA_RELEASE-jdk-headless"; then
        nj_remedy="Run this once as root, or: sudo apt-get install openjdk-$KTSN_JAVA_RELEASE-jdk-headless"
    else
        nj_remedy="This system's packages have none either. Install Eclipse Temurin $KTSN_JAVA_RELEASE:
  sudo apt-get install -y wget gpg ca-certificates
  wget -qO- https://packages.adoptium.net/artifactory/api/gpg/key/public | sudo gpg --dearmor -o /usr/share/keyrings/adoptium.gpg
  echo \"deb [signed-by=/usr/share/keyrings/adoptium.gpg] https://packages.adoptium.net/artifactory/deb $(codename) main\" | sudo tee /etc/apt/sources.list.d/adoptium.list
  sudo apt-get update && sudo apt-get install -y temurin-$KTSN_JAVA_RELEASE-jdk
or unpack it anywhere (https://adoptium.net/temurin/releases?version=$KTSN_JAVA_RELEASE) and set JAVA_HOME to its folder."
    fi
    die "no JDK $KTSN_JAVA_RELEASE found: $nj_where. $nj_remedy"
}

# codename: of this release of Debian or Ubuntu.
codename() {
    sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# cli ARGUMENT...: the command line application.
cli() {
    (exec_cli "$@")
}

# exec_cli ARGUMENT...: the same in this process's place.
exec_cli() {
    KTSN_DEMO=$KTSN_ROOT/distribution/demo/build
    export KTSN_DEMO
    exec "$KTSN_HOME/bin/ktsn-cli" "$@"
}
