package pennyweight.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandleProxies;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/** Whether somebody is watching. */
final class Terminal {
    private static final int STDERR = 2;

    private Terminal() {}

    /**
     * Whether stderr is a terminal that can redraw a line. {@code System.console()} cannot tell: it
     * looks at stdin and stdout.
     */
    static boolean isStderr() {
        String kind = System.getenv("TERM");
        return kind != null && !kind.isEmpty() && !kind.equals("dumb") && isTerminal(STDERR);
    }

    /** Calls isatty of the C library; the launcher allows native calls. */
    @SuppressWarnings("restricted")
    private static boolean isTerminal(int descriptor) {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> isatty = linker.defaultLookup().find("isatty");
        return isatty.isPresent()
                && MethodHandleProxies.asInterfaceInstance(
                                        IntUnaryOperator.class,
                                        linker.downcallHandle(
                                                isatty.get(),
                                                FunctionDescriptor.of(
                                                        ValueLayout.JAVA_INT,
                                                        ValueLayout.JAVA_INT)))
                                .applyAsInt(descriptor)
                        == 1;
    }
}
