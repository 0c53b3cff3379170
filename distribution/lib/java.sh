# shellcheck shell=sh
# Finds JDK 25, whatever the default java is.

KTSN_JAVA_RELEASE=25

# is_fit_jdk DIRECTORY: true if it holds a JDK of the release that KTSN is built for, or a later one.
is_fit_jdk() {
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
    ifj_version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    [ -n "$ifj_version" ] && [ "$ifj_version" -ge "$KTSN_JAVA_RELEASE" ]
}

# find_jdk: sets and exports JAVA_HOME, or ends with a sentence.
find_jdk() {
    if [ -n "${JAVA_HOME-}" ] && is_fit_jdk "$JAVA_HOME"; then
        export JAVA_HOME
        return 0
    fi
    fj_asked=${JAVA_HOME-}
    fj_on_path=$(command -v javac 2>/dev/null) || fj_on_path=
    [ -z "$fj_on_path" ] || fj_on_path=$(dirname "$(dirname "$(readlink -f "$fj_on_path")")")
    for fj_home in "$fj_on_path" /usr/lib/jvm/*"$KTSN_JAVA_RELEASE"* /usr/lib/jvm/* /opt/*jdk* \
        "${HOME-}"/.sdkman/candidates/java/*; do
        if [ -n "$fj_home" ] && is_fit_jdk "$fj_home"; then
            JAVA_HOME=$fj_home
            export JAVA_HOME
            return 0
        fi
    done
    if [ -n "$fj_asked" ]; then
        fj_where="JAVA_HOME is '$fj_asked', which is not one, and there is none in /usr/lib/jvm"
    else
        fj_where="there is none in /usr/lib/jvm and JAVA_HOME is not set"
    fi
    die "no JDK $KTSN_JAVA_RELEASE found: $fj_where." \
        "Install Eclipse Temurin $KTSN_JAVA_RELEASE (https://adoptium.net/installation/linux," \
        "package temurin-$KTSN_JAVA_RELEASE-jdk) or your distribution's" \
        "openjdk-$KTSN_JAVA_RELEASE-jdk-headless, or set JAVA_HOME to one."
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
