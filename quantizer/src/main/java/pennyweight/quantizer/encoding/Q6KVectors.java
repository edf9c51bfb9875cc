package pennyweight.quantizer.encoding;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The vector edition of {@link Q6K}. The search runs one sub-block a lane, so that every sum keeps
 * the order of the reference; the codes against stored scales run along a sub-block.
 */
final class Q6KVectors {
    private Q6KVectors() {}

    static void encode(float[] values, int from, int blocks, byte[] bytes, int at) {
        SymmetricSearchVectors search = new SymmetricSearchVectors(Q6K.SUB, Q6K.TOP, Q6K.SUBS);
        float[] steps = new float[Q6K.SUBS];
        byte[] codes = new byte[Q6K.SIZE];
        for (int b = 0; b < blocks; b++) {
            int x = from + b * Q6K.SIZE;
            search.fit(values, x, Q6K.SUBS);
            finish(values, x, search, steps, codes, bytes, at + b * Q6K.BYTES);
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
        float[] steps = new float[Q6K.SUBS];
        byte[] codes = new byte[Q6K.SIZE];
        float[] importance = InterleavingVectors.all(weights, Q6K.SUB, rowBlocks * Q6K.SUBS);
        for (int b = 0; b < rows * rowBlocks; b++) {
            int x = from + b * Q6K.SIZE;
            search.fitInterleaved(values, x, importance, b % rowBlocks * Q6K.SIZE, Q6K.SUBS);
            finish(values, x, search, steps, codes, bytes, at + b * Q6K.BYTES);
        }
    }

    private static void finish(
            float[] values,
            int from,
            SymmetricSearchVectors search,
            float[] steps,
            byte[] codes,
            byte[] bytes,
            int at) {
        if (!Q6K.putScales(search.scales, bytes, at)) {
            return;
        }
        Q6K.steps(bytes, at, steps);
        SymmetricCodesVectors.ofSteps(values, from, Q6K.SUB, steps, Q6K.TOP, codes);
        for (int j = 0; j < Q6K.SUBS; j++) {
            if (steps[j] == 0) {
                int c = j * Q6K.SUB;
                SymmetricCodes.ofInverse(
                        values, from + c, Q6K.SUB, search.codeInverses[j], Q6K.TOP, codes, c);
            }
        }
        pack(codes, bytes, at);
    }

    /** {@link Q6K#pack}, as many codes at a time as there are bytes in {@link Lanes#LONGS}. */
    static void pack(byte[] codes, byte[] bytes, int at) {
        for (int h = 0; h < 2; h++) {
            for (int i = 0; i < 32; i += Lanes.LONG_BYTES.length()) {
                int c = 128 * h + i;
                LongVector q0 =
                        ByteVector.fromArray(Lanes.LONG_BYTES, codes, c).reinterpretAsLongs();
                LongVector q1 =
                        ByteVector.fromArray(Lanes.LONG_BYTES, codes, c + 32).reinterpretAsLongs();
                LongVector q2 =
                        ByteVector.fromArray(Lanes.LONG_BYTES, codes, c + 64).reinterpretAsLongs();
                LongVector q3 =
                        ByteVector.fromArray(Lanes.LONG_BYTES, codes, c + 96).reinterpretAsLongs();
                int low = at + 64 * h + i;
                q0.and(Q6K.LOW_BITS)
                        .or(q2.and(Q6K.LOW_BITS).lanewise(VectorOperators.LSHL, 4))
                        .reinterpretAsBytes()
                        .intoArray(bytes, low);
                q1.and(Q6K.LOW_BITS)
                        .or(q3.and(Q6K.LOW_BITS).lanewise(VectorOperators.LSHL, 4))
                        .reinterpretAsBytes()
                        .intoArray(bytes, low + 32);
                q0.and(Q6K.HIGH_BITS)
                        .lanewise(VectorOperators.LSHR, 4)
                        .or(q1.and(Q6K.HIGH_BITS).lanewise(VectorOperators.LSHR, 2))
                        .or(q2.and(Q6K.HIGH_BITS))
                        .or(q3.and(Q6K.HIGH_BITS).lanewise(VectorOperators.LSHL, 2))
                        .reinterpretAsBytes()
                        .intoArray(bytes, at + Q6K.HIGH + 32 * h + i);
            }
        }
    }
}
