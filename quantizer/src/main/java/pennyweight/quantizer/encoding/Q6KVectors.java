package pennyweight.quantizer.encoding;

/**
 * The vector edition of {@link Q6K}. The search runs one sub-block a lane, so that every sum keeps
 * the order of the reference; the codes against stored scales run along a sub-block.
 */
final class Q6KVectors {
    private Q6KVectors() {}

    static void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        SymmetricSearchVectors search = new SymmetricSearchVectors(Q6K.SUB, Q6K.TOP, Q6K.SUBS);
        byte[] codes = new byte[Q6K.SIZE];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * Q6K.SIZE;
            search.fit(values, x, Q6K.SUBS);
            finish(values, x, search, codes, bytes, at + b * Q6K.BYTES);
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
        SymmetricSearchVectors search = new SymmetricSearchVectors(Q6K.SUB, Q6K.TOP, Q6K.SUBS);
        byte[] codes = new byte[Q6K.SIZE];
        float[] importance = InterleavingVectors.all(weights, Q6K.SUB, rowBlocks * Q6K.SUBS);
        for (int b = 0; b < rows * rowBlocks; b++) {
            int x = from + b * Q6K.SIZE;
            search.fitInterleaved(values, x, importance, b % rowBlocks * Q6K.SIZE, Q6K.SUBS);
            finish(values, x, search, codes, bytes, at + b * Q6K.BYTES);
        }
    }

    private static void finish(
            float[] values,
            int from,
            SymmetricSearchVectors search,
            byte[] codes,
            byte[] bytes,
            int at) {
        if (!Q6K.putScales(search.scales, bytes, at)) {
            return;
        }
        for (int j = 0; j < Q6K.SUBS; j++) {
            int x = from + j * Q6K.SUB;
            float step = Q6K.step(bytes, at, j);
            if (step != 0) {
                SymmetricCodesVectors.ofStep(values, x, Q6K.SUB, step, Q6K.TOP, codes, j * Q6K.SUB);
            } else {
                SymmetricCodes.ofInverse(
                        values, x, Q6K.SUB, search.codeInverses[j], Q6K.TOP, codes, j * Q6K.SUB);
            }
        }
        Q6K.pack(codes, bytes, at);
    }
}
