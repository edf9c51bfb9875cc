
java=$(find_java25 java) || exit 4

# A C locale would make Java refuse file names that are not ASCII.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-C}}} in
    C | POSIX) export LC_ALL=C.UTF-8 ;;
esac

# Heap and direct buffers are capped so that a run stays under 1 GB resident, whatever the model's size.
# The lines after exec are never read by the shell: the program's jar follows.
# shellcheck disable=SC2086  # PENNYWEIGHT_JAVA_OPTS is a list of options
exec "$java/bin/java" --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
    -XX:+UseSerialGC -Xmx640m -XX:MaxDirectMemorySize=128m -XX:+UseCompactObjectHeaders -XX:-UsePerfData \
    ${PENNYWEIGHT_JAVA_OPTS:-} -jar "$0" "$@"
