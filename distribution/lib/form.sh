# shellcheck shell=sh
# Checks of the code's form, each by the one release of a tool that decides it: another release wants something else
# in places, which says nothing about the code. Where that release is not, its check is left out, and that is said;
# with KTSN_FORM=required (.ci/run) it is a failure.

KTSN_CLANG_FORMAT_RELEASE=14
KTSN_SHELLCHECK_RELEASE=0.9

check_form() {
    install_form_tools
    if is_shellcheck_ours; then
        test_step "shell scripts" check_scripts
    else
        leave_out "the check of the shell scripts needs shellcheck $KTSN_SHELLCHECK_RELEASE" "$(shellcheck_release)"
    fi
    if cf_program=$(clang_format); then
        for cf_part in native shim cni distribution/demo itests/guest; do
            test_step "layout of C ($cf_part)" make -s -C "$KTSN_ROOT/$cf_part" CLANG_FORMAT="$cf_program" format-check
        done
    else
        leave_out "the check of C's layout needs clang-format $KTSN_CLANG_FORMAT_RELEASE" "$(clang-format --version 2>/dev/null)"
    fi
    # Maven's profile later-jdk leaves them out.
    cf_java=$(java_release "$JAVA_HOME")
    [ "$cf_java" -eq "$KTSN_JAVA_RELEASE" ] ||
        leave_out "Error Prone and the check of Java's layout need JDK $KTSN_JAVA_RELEASE" "JDK $cf_java"
}

# leave_out NEED FOUND: a check that can't be made here.
leave_out() {
    if [ "${KTSN_FORM-}" = required ]; then
        note "$1, and here is ${2:-none}: failed, as KTSN_FORM is 'required'"
        TEST_FAILED=$((TEST_FAILED + 1))
    else
        note "$1, and here is ${2:-none}: left out"
        TEST_SKIPPED=$((TEST_SKIPPED + 1))
    fi
}

# clang_format: prints the name of the program of our release, if there is one.
clang_format() {
    for cf_name in "clang-format-$KTSN_CLANG_FORMAT_RELEASE" clang-format; do
        case $("$cf_name" --version 2>/dev/null) in
        *" version $KTSN_CLANG_FORMAT_RELEASE."*)
            echo "$cf_name"
            return 0
            ;;
        esac
    done
    return 1
}

is_shellcheck_ours() {
    case $(shellcheck_release) in
    "$KTSN_SHELLCHECK_RELEASE".*) return 0 ;;
    *) return 1 ;;
    esac
}

shellcheck_release() {
    shellcheck --version 2>/dev/null | sed -n 's/^version: //p'
}

# install_form_tools: those that are missing, where the distribution's packages have our release.
install_form_tools() {
    [ "$(id -u)" -eq 0 ] || return 0
    ift_packages=
    if ! clang_format >/dev/null && knows_package "clang-format-$KTSN_CLANG_FORMAT_RELEASE"; then
        ift_packages=clang-format-$KTSN_CLANG_FORMAT_RELEASE
    fi
    if ! command -v shellcheck >/dev/null && knows_package shellcheck &&
        apt-cache show shellcheck | grep -q "^Version: $KTSN_SHELLCHECK_RELEASE\."; then
        ift_packages="$ift_packages shellcheck"
    fi
    [ -n "$ift_packages" ] || return 0
    say "installing packages: $ift_packages (check the code's form)"
    (install_packages "$ift_packages") || :
}

check_scripts() (
    cd "$KTSN_ROOT" || exit
    shellcheck -s sh ktsn distribution/lib/*.sh || exit
    # shellcheck disable=SC2046 # names without spaces
    shellcheck .ci/run $(grep -rlIE --exclude-dir=target --exclude-dir=build --exclude-dir=lib \
        '^#! ?/(usr/bin/env |bin/)(ba)?sh' distribution native shim itests)
)
