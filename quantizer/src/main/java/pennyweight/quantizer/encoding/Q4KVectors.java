package pennyweight.quantizer.encoding;

/**
 * The vector edition of {@link Q4K}. The search runs one sub-block a lane, so that every sum keeps
 * the order of the reference; the codes against stored scales run along a sub-block.
 */
final class Q4KVectors {
    /** Blocks that are searched together: enough sub-blocks to fill the lanes. */
    private static final int BATCH = Math.max(1, Lanes.COUNT / Q4K.SUBS);

    private Q4KVectors() {}

    static void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        Q4K.Fits fits = new Q4K.Fits(BATCH);
        AffineSearchVectors search = new AffineSearchVectors(Q4K.SUB, Q4K.TOP);
        int[] codes = new int[Q4K.SIZE];
        int b = 0;
        for (; b <= blocks - BATCH; b += BATCH) {
            int first = from + b * Q4K.SIZE;
            for (int s = 0; s < BATCH * Q4K.SUBS; s += Lanes.COUNT) {
                search.fit(values, first + s * Q4K.SUB);
                System.arraycopy(search.scale, 0, fits.scale, s, Lanes.COUNT);
                System.arraycopy(search.offset, 0, fits.offset, s, Lanes.COUNT);
                System.arraycopy(search.codeInverse, 0, fits.codeInverse, s, Lanes.COUNT);
                System.arraycopy(search.codeMinimum, 0, fits.codeMinimum, s, Lanes.COUNT);
            }
            for (int k = 0; k < BATCH; k++) {
                finish(
                        values,
                        first + k * Q4K.SIZE,
                        fits,
                        k,
                        codes,
                        bytes,
                        at + (b + k) * Q4K.BYTES);
            }
        }
        Q4K.encodeScalar(values, from + b * Q4K.SIZE, blocks - b, bytes, at + b * Q4K.BYTES);
    }

    private static void finish(
            float[] values, int from, Q4K.Fits fits, int k, int[] codes, byte[] bytes, int at) {
        int first = k * Q4K.SUBS;
        Q4K.putScales(fits, first, bytes, at);
        for (int j = 0; j < Q4K.SUBS; j++) {
            float step = Q4K.step(bytes, at, j);
            if (step == 0) {
                Q4K.codes(values, from + j * Q4K.SUB, bytes, at, j, fits, first + j, codes);
            } else {
                float subtrahend = Q4K.subtrahend(bytes, at, j);
                SubBlocks.codes(
                        values,
                        from + j * Q4K.SUB,
                        Q4K.SUB,
                        subtrahend,
                        step,
                        0,
                        Q4K.TOP,
                        codes,
                        j * Q4K.SUB);
            }
        }
        Q4K.pack(codes, bytes, at);
    }
}
