package pennyweight.quantizer.encoding;

/** Importance weights of columns, exact functions of a seed as those of {@link Numbers}. */
enum Weights {
    ONES,
    SQUARES,
    /** Zero in every seventh column, in 64 neighbours and in 256 neighbours. */
    GAPS,
    ZEROS,
    /** Over 17 decimal magnitudes. */
    SPREAD;

    float[] of(int count, long seed) {
        float[] u = Numbers.UNIFORM.of(count, seed);
        for (int i = 0; i < count; i++) {
            float square = u[i] * u[i];
            boolean gap = i % 7 == 0 || (i >= 64 && i < 128) || (i >= 512 && i < 768);
            u[i] =
                    switch (this) {
                        case ONES -> 1;
                        case SQUARES -> square;
                        case GAPS -> gap ? 0 : square;
                        case ZEROS -> 0;
                        case SPREAD -> square * Math.scalb(1f, 8 * (i % 8) - 30);
                    };
        }
        return u;
    }
}
