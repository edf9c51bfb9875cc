package pennyweight.quantizer.encoding;

/** Awkward weights of columns, made of {@link Numbers#UNIFORM}. */
enum ColumnWeights {
    /** Many columns are 0, and all of every third run of 48. */
    HOLES,
    /** From 2^-20 to 2^19 times a square. */
    STEEP,
    /** All columns are 0. */
    NOTHING;

    float[] of(int columns, long seed) {
        float[] w = Numbers.UNIFORM.of(columns, seed);
        for (int i = 0; i < w.length; i++) {
            float square = w[i] * w[i];
            w[i] =
                    switch (this) {
                        case HOLES -> i % 5 < 2 || i / 48 % 3 == 0 ? 0 : square;
                        case STEEP -> Math.scalb(square, i % 40 - 20);
                        case NOTHING -> 0;
                    };
        }
        return w;
    }
}
