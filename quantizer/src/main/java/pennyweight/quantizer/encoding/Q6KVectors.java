package pennyweight.quantizer.encoding;

/**
 * The vector edition of {@link Q6K}. The search runs one sub-block a lane, so that every sum keeps
 * the order of the reference; the codes against stored scales run along a sub-block.
 */
final class Q6KVectors {
    private Q6KVectors() {}

    static void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        SymmetricSearchVectors search = new SymmetricSearchVectors(Q6K.SUB, Q6K.TOP);
        float[] scales = new float[Q6K.SUBS];
        float[] codeInverses = new float[Q6K.SUBS];
        int[] codes = new int[Q6K.SIZE];
        for (int b = 0; b < blocks; b++) {
            int first = from + b * Q6K.SIZE;
            int p = at + b * Q6K.BYTES;
            for (int s = 0; s < Q6K.SUBS; s += Lanes.COUNT) {
                search.fit(values, first + s * Q6K.SUB);
                System.arraycopy(search.scale, 0, scales, s, Lanes.COUNT);
                System.arraycopy(search.codeInverse, 0, codeInverses, s, Lanes.COUNT);
            }
            if (Q6K.putScales(scales, bytes, p)) {
                finish(values, first, codeInverses, codes, bytes, p);
            }
        }
    }

    private static void finish(
            float[] values, int from, float[] codeInverses, int[] codes, byte[] bytes, int at) {
        for (int j = 0; j < Q6K.SUBS; j++) {
            int x = from + j * Q6K.SUB;
            float step = Q6K.step(bytes, at, j);
            if (step == 0) {
                Q6K.codes(values, x, step, codeInverses[j], codes, j * Q6K.SUB);
            } else {
                SubBlocks.codes(
                        values, x, Q6K.SUB, -0f, step, -Q6K.TOP, Q6K.TOP - 1, codes, j * Q6K.SUB);
            }
        }
        Q6K.pack(codes, bytes, at);
    }
}
