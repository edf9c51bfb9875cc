package pennyweight.quantizer.encoding;

import pennyweight.quantizer.kernel.KernelEdition;

/** Encodes and decodes an {@link AffineType}. */
record AffineCodec(AffineType type) implements BlockCodec {
    /** The scalar edition: a block at a time. */
    private static final class Encoder {
        private final AffineType type;
        private final AffineGrid grid;
        private final AffineSearch search;
        private final float[] weights;
        private final float[] scale;
        private final float[] offset;
        private final float[] sumW;
        private final float[] codeInverse;
        private final float[] codeMinimum;
        private final int[] scaleCodes;
        private final int[] offsetCodes;
        private final float[] steps;
        private final float[] subtrahends;
        private final byte[] codes = new byte[AffineType.SIZE];

        Encoder(AffineType type, AffineGrid grid) {
            this.type = type;
            this.grid = grid;
            search = new AffineSearch(grid);
            weights = new float[grid.size()];
            int subs = type.subs();
            scale = new float[subs];
            offset = new float[subs];
            sumW = new float[subs];
            codeInverse = new float[subs];
            codeMinimum = new float[subs];
            scaleCodes = new int[subs];
            offsetCodes = new int[subs];
            steps = new float[subs];
            subtrahends = new float[subs];
        }

        void encode(float[] values, int from, byte[] bytes, int at) {
            for (int j = 0; j < scale.length; j++) {
                int x = from + j * grid.size();
                float base = 0;
                if (type.rms()) {
                    float squares = AffineWeights.squares(values, x, grid.size());
                    base = (float) Math.sqrt(squares / grid.size());
                }
                AffineWeights.magnitudes(values, x, base, weights);
                fit(values, x, j);
            }
            float d = ScaleSearch.divide(scale, type.topScale(), scaleCodes);
            float dmin = ScaleSearch.divide(offset, type.topScale(), offsetCodes);
            type.putScales(d, dmin, scaleCodes, offsetCodes, false, bytes, at);
            finish(values, from, bytes, at);
        }

        void encodeWeighted(
                float[] values, int from, float[] importance, int column, byte[] bytes, int at) {
            float squares = AffineWeights.squares(values, from, AffineType.SIZE);
            float energy = type.energy() * squares / AffineType.SIZE;
            for (int j = 0; j < scale.length; j++) {
                int i = j * grid.size();
                AffineWeights.importance(values, from + i, energy, importance, column + i, weights);
                fit(values, from + i, j);
            }
            float d = ScaleSearch.fit(scale, sumW, type.topScale(), scaleCodes);
            float dmin = ScaleSearch.fit(offset, sumW, type.topScale(), offsetCodes);
            type.putScales(d, dmin, scaleCodes, offsetCodes, true, bytes, at);
            finish(values, from, bytes, at);
        }

        private void fit(float[] values, int from, int j) {
            search.fit(values, from, weights);
            scale[j] = search.scale();
            offset[j] = search.offset();
            sumW[j] = search.sumW();
            codeInverse[j] = search.codeInverse();
            codeMinimum[j] = search.codeMinimum();
        }

        /** Codes against the scales that were stored; where a step is 0 those of the search. */
        private void finish(float[] values, int from, byte[] bytes, int at) {
            type.steps(bytes, at, steps, subtrahends);
            for (int j = 0; j < scale.length; j++) {
                int i = j * grid.size();
                if (steps[j] == 0) {
                    searched(values, from + i, grid, codeInverse[j], codeMinimum[j], codes, i);
                } else {
                    stored(values, from + i, grid, subtrahends[j], steps[j], codes, i);
                }
            }
            type.pack(codes, bytes, at);
        }
    }

    /** The codes of a sub-block that a search kept. */
    static void searched(
            float[] x,
            int from,
            AffineGrid grid,
            float codeInverse,
            float codeMinimum,
            byte[] codes,
            int at) {
        for (int i = 0; i < grid.size(); i++) {
            codes[at + i] =
                    (byte) AffineSearch.code(x[from + i], codeInverse, codeMinimum, grid.top());
        }
    }

    private static void stored(
            float[] x,
            int from,
            AffineGrid grid,
            float subtrahend,
            float step,
            byte[] codes,
            int at) {
        for (int i = 0; i < grid.size(); i++) {
            codes[at + i] =
                    (byte) Rounding.nearest((x[from + i] + subtrahend) / step, 0, grid.top());
        }
    }

    @Override
    public void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        if (KernelEdition.vectors()) {
            new AffineCodecVectors(type, type.grid()).encode(values, from, blocks, bytes, at);
        } else {
            encodeScalar(values, from, blocks, bytes, at);
        }
    }

    void encodeScalar(float[] values, int from, int blocks, byte[] bytes, int at) {
        Encoder encoder = new Encoder(type, type.grid());
        for (int b = 0; b < blocks; b++) {
            encoder.encode(values, from + b * AffineType.SIZE, bytes, at + b * type.bytes());
        }
    }

    @Override
    public void encodeWeighted(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] weights,
            byte[] bytes,
            int at) {
        if (KernelEdition.vectors()) {
            new AffineCodecVectors(type, type.weightedGrid())
                    .encodeWeighted(values, from, rows, rowBlocks, weights, bytes, at);
        } else {
            encodeWeightedScalar(values, from, rows, rowBlocks, weights, bytes, at);
        }
    }

    void encodeWeightedScalar(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] weights,
            byte[] bytes,
            int at) {
        Encoder encoder = new Encoder(type, type.weightedGrid());
        for (int b = 0; b < rows * rowBlocks; b++) {
            encoder.encodeWeighted(
                    values,
                    from + b * AffineType.SIZE,
                    weights,
                    b % rowBlocks * AffineType.SIZE,
                    bytes,
                    at + b * type.bytes());
        }
    }

    @Override
    public void decode(byte[] bytes, int at, int blocks, float[] values, int from) {
        int size = type.grid().size();
        byte[] codes = new byte[AffineType.SIZE];
        float[] steps = new float[type.subs()];
        float[] subtrahends = new float[type.subs()];
        for (int b = 0; b < blocks; b++) {
            int p = at + b * type.bytes();
            type.unpack(bytes, p, codes);
            type.steps(bytes, p, steps, subtrahends);
            for (int j = 0; j < type.subs(); j++) {
                Codes.toNumbers(
                        codes,
                        j * size,
                        size,
                        Codes.UNSIGNED,
                        0,
                        steps[j],
                        -subtrahends[j],
                        values,
                        from + b * AffineType.SIZE + j * size);
            }
        }
    }
}
