#!/bin/sh
# Finds a Java 25 where `java` itself may be older. Read by mvnw, and the beginning of the one-file program.

# is_java25 HOME PROGRAM: a JDK tells its version in its `release` file, so no JVM is started to look.
is_java25() {
    [ -x "$1/bin/$2" ] && [ -f "$1/release" ] || return 1
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    [ -n "$version" ] && [ "$version" -ge 25 ]
}

# find_java25 PROGRAM: prints the home of a Java 25 or later that has bin/PROGRAM, or one line of advice and exits 4.
find_java25() {
    on_path=$(command -v "$1" 2>/dev/null) && on_path=$(readlink -f "$on_path" 2>/dev/null) && on_path=${on_path%/bin/"$1"} || on_path=
    for home in "${JAVA_HOME:-}" "${JAVA_HOME_25_X64:-}" "${JAVA_HOME_25_ARM64:-}" "${JDK_25:-}" "$on_path" \
        /usr/lib/jvm/*25* /usr/lib/jvm/* /opt/*jdk*25* /opt/java/* "${HOME:-/}"/.sdkman/candidates/java/25* \
        "${HOME:-/}"/.jdks/*25* /Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
        if [ -n "$home" ] && is_java25 "$home" "$1"; then
            printf '%s\n' "$home"
            return 0
        fi
    done
    echo "Pennyweight needs a JDK 25: install one (Eclipse Temurin 25, or your system's package openjdk-25-jdk) or set JAVA_HOME to it." >&2
    return 4
}
