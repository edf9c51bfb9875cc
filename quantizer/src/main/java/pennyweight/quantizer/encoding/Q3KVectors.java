package pennyweight.quantizer.encoding;

/**
 * The vector edition of {@link Q3K}. The searches run one sub-block a lane, that of the weighted
 * scales one block a lane, so that every sum keeps the order of the reference; the codes against
 * stored scales run along a sub-block.
 */
final class Q3KVectors {
    /** Blocks that pass each stage together: as many as there are lanes for their scales. */
    private static final int BATCH = Lanes.COUNT;

    private static final int SUBS = Q3K.SUBS;

    private Q3KVectors() {}

    static void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        CoordinateSearchVectors search =
                new CoordinateSearchVectors(Q3K.SUB, Q3K.TOP, BATCH * SUBS);
        byte[] codes = new byte[Q3K.SIZE];
        byte[] scaleCodes = new byte[SUBS];
        float[] steps = new float[SUBS];
        for (int first = 0; first < blocks; first += BATCH) {
            int count = Math.min(BATCH, blocks - first);
            search.fit(values, from + first * Q3K.SIZE, count * SUBS);
            for (int b = 0; b < count; b++) {
                int x = from + (first + b) * Q3K.SIZE;
                int p = at + (first + b) * Q3K.BYTES;
                float scale = Q3K.codeScales(search.scales, b * SUBS, scaleCodes);
                float d = Q3K.putScales(scaleCodes, scale, bytes, p);
                Q3K.steps(d, scaleCodes, steps);
                SymmetricCodesVectors.ofSteps(values, x, Q3K.SUB, steps, Q3K.TOP, codes);
                for (int j = 0; j < SUBS; j++) {
                    if (steps[j] == 0) {
                        search.codes(b * SUBS + j, codes, j * Q3K.SUB);
                    }
                }
                Q3K.pack(codes, bytes, p);
            }
        }
    }

    static void encodeWeighted(
            float[] values,
            int from,
            int rows,
            int rowBlocks,
            float[] weights,
            byte[] bytes,
            int at) {
        SymmetricSearchVectors search = new SymmetricSearchVectors(Q3K.SUB, Q3K.TOP, BATCH * SUBS);
        SymmetricSearchVectors scaleSearch = new SymmetricSearchVectors(SUBS, Q3K.SCALE_TOP, BATCH);
        float[] squares = new float[BATCH];
        float[] importance = InterleavingVectors.all(weights, Q3K.SUB, rowBlocks * SUBS);
        byte[] scaleCodes = new byte[SUBS];
        float[] steps = new float[SUBS];
        byte[] codes = new byte[Q3K.SIZE];
        int blocks = rows * rowBlocks;
        for (int first = 0; first < blocks; first += BATCH) {
            int count = Math.min(BATCH, blocks - first);
            int x = from + first * Q3K.SIZE;
            ErrorWeights.sumsOfSquares(values, x, Q3K.SIZE, count, squares);
            for (int b = 0; b < count; b++) {
                search.fitErrors(
                        values,
                        x + b * Q3K.SIZE,
                        importance,
                        (first + b) % rowBlocks * Q3K.SIZE,
                        Q3K.meanSquare(squares[b]),
                        SUBS,
                        b * SUBS);
            }
            scaleSearch.fit(search.scales, 0, search.weightSums, 0, count);
            for (int b = 0; b < count; b++) {
                finish(
                        values,
                        x + b * Q3K.SIZE,
                        search,
                        scaleSearch,
                        b,
                        scaleCodes,
                        steps,
                        codes,
                        bytes,
                        at + (first + b) * Q3K.BYTES);
            }
        }
    }

    private static void finish(
            float[] values,
            int from,
            SymmetricSearchVectors search,
            SymmetricSearchVectors scaleSearch,
            int block,
            byte[] scaleCodes,
            float[] steps,
            byte[] codes,
            byte[] bytes,
            int at) {
        SymmetricCodes.ofInverse(
                search.scales,
                block * SUBS,
                SUBS,
                scaleSearch.codeInverses[block],
                Q3K.SCALE_TOP,
                scaleCodes,
                0);
        float d = Q3K.putScales(scaleCodes, scaleSearch.scales[block], bytes, at);
        Q3K.steps(d, scaleCodes, steps);
        SymmetricCodesVectors.ofSteps(values, from, Q3K.SUB, steps, Q3K.TOP, codes);
        for (int j = 0; j < SUBS; j++) {
            if (steps[j] == 0) {
                int c = j * Q3K.SUB;
                SymmetricCodes.ofInverse(
                        values,
                        from + c,
                        Q3K.SUB,
                        search.codeInverses[block * SUBS + j],
                        Q3K.TOP,
                        codes,
                        c);
            }
        }
        Q3K.pack(codes, bytes, at);
    }
}
