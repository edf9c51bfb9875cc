package pennyweight.converter.dialect;

/** What happens to each number, in float32. */
public enum ElementMap {
    NONE {
        @Override
        public float apply(float x) {
            return x;
        }
    },
    ADD_ONE {
        @Override
        public float apply(float x) {
            return 1f + x;
        }
    },
    SUBTRACT_ONE {
        @Override
        public float apply(float x) {
            return x - 1f;
        }
    },
    /**
     * {@code -exp(x)}, correctly rounded through double; torch's own may differ by one unit in the
     * last place.
     */
    NEGATIVE_EXP {
        @Override
        public float apply(float x) {
            return (float) -StrictMath.exp(x);
        }
    },
    LOG_OF_NEGATIVE {
        @Override
        public float apply(float x) {
            return (float) StrictMath.log(-x);
        }
    };

    public abstract float apply(float x);
}
