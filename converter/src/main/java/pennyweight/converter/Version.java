package pennyweight.converter;

/** The tool's version, which its files carry. */
public final class Version {
    /** As in the build; a test holds the two equal. */
    public static final String CURRENT = "0.1.0";

    private Version() {}
}
