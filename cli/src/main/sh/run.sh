
java=$(find_java25 java) || exit 4

# A C locale would make Java refuse file names that are not ASCII.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-C}}} in
    C | POSIX) export LC_ALL=C.UTF-8 ;;
esac

# The classes of a conversion, ready to be mapped, where the build left them beside this program; the JVM passes over
# an archive that does not fit.
archive=
[ ! -f "$0.jsa" ] || archive=-XX:SharedArchiveFile=$0.jsa

# A vector operation is a thousand times slower before the method around it is compiled than after. So the methods of the
# vector kernels are compiled after a few calls, each once and not within its callers again, which wait for it; what is
# around them soon after; the Vector API's own methods, which compiled kernels have within them, late; what digests files
# at once, since compiled it is a processor's own instructions; and what only plans and reports no better than it needs
# for a second.
compiler='-XX:CompileCommand=quiet
    -XX:CompileCommand=dontinline,*Vectors.*
    -XX:CompileCommand=BackgroundCompilation,*Vectors.*,false
    -XX:CompileCommand=CompileThresholdScaling,*Vectors.*,0.0003
    -XX:CompileCommand=CompileThresholdScaling,pennyweight/quantizer/*.*,0.001
    -XX:CompileCommand=CompileThresholdScaling,jdk/incubator/vector/*.*,10.0
    -XX:CompileCommand=BackgroundCompilation,sun/security/provider/DigestBase.*,false
    -XX:CompileCommand=CompileThresholdScaling,sun/security/provider/DigestBase.*,0.0003
    -XX:Tier4InvocationThreshold=60000 -XX:Tier4MinInvocationThreshold=7200
    -XX:Tier4CompileThreshold=180000 -XX:Tier4BackEdgeThreshold=480000 -XX:CICompilerCount=4'

# Heap and direct buffers are capped so that a run stays under 1 GB resident, whatever the model's size.
# The lines after exec are never read by the shell: the program's jar follows.
set -f
# shellcheck disable=SC2086  # lists of options
exec "$java/bin/java" --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
    -XX:+UseSerialGC -Xmx640m -XX:MaxDirectMemorySize=128m -XX:+UseCompactObjectHeaders -XX:-UsePerfData \
    $compiler ${archive:+"$archive" -Xlog:cds*=off -Xlog:aot*=off} ${PENNYWEIGHT_JAVA_OPTS:-} -jar "$0" "$@"
