package pennyweight.quantizer.kernel;

/**
 * Which edition of the kernels runs: scalar code, which is the definition, or the Vector API twin
 * with the same bits. Chosen once, when the class loads.
 *
 * <p>The vector edition needs the module {@code jdk.incubator.vector} in the boot layer ({@code
 * --add-modules}); without it no class that names a vector may be touched, so every caller asks
 * here first. The system property {@code pennyweight.kernels=scalar} turns it off.
 */
public final class KernelEdition {
    private static final boolean VECTORS =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                    && !"scalar".equals(System.getProperty("pennyweight.kernels"));

    private KernelEdition() {}

    /** Whether the vector edition runs. */
    public static boolean vectors() {
        return VECTORS;
    }
}
