package pennyweight.quantizer.encoding;

/** Checks of what callers hand to an encoding: a wrong length is the caller's error. */
final class Tiles {
    private Tiles() {}

    /**
     * Throws {@link IllegalArgumentException} unless rows of this length can be stored and all
     * arrays are long enough for {@code rows} of them.
     */
    static void check(Encoding encoding, float[] values, int rows, int columns, byte[][] planes) {
        if (rows < 0 || !encoding.takes(columns)) {
            throw new IllegalArgumentException(
                    encoding.label() + " does not take " + rows + " rows of " + columns);
        }
        require(encoding, "numbers", values.length, (long) rows * columns);
        require(encoding, "planes", planes.length, encoding.planes());
        for (int p = 0; p < encoding.planes(); p++) {
            require(encoding, "bytes", planes[p].length, rows * encoding.rowBytes(p, columns));
        }
    }

    private static void require(Encoding encoding, String what, long has, long needs) {
        if (has < needs) {
            throw new IllegalArgumentException(
                    encoding.label() + ": " + has + " " + what + ", needs " + needs);
        }
    }
}
