package pennyweight.quantizer.encoding;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/** The vector edition of {@link Interleaved}, of a width that fills {@link Lanes#LONGS}. */
final class InterleavedVectors {
    private InterleavedVectors() {}

    static void pack(Interleaved run, byte[] codes, byte[] bytes, int block) {
        long mask = run.mask();
        for (int i = 0; i < run.width(); i += Lanes.LONG_BYTES.length()) {
            LongVector packed = LongVector.zero(Lanes.LONGS);
            for (int p = 0; p < run.parts(); p++) {
                LongVector part =
                        ByteVector.fromArray(
                                        Lanes.LONG_BYTES, codes, run.from() + p * run.width() + i)
                                .reinterpretAsLongs();
                packed =
                        Lanes.LONG
                                .cast(packed)
                                .or(
                                        part.lanewise(VectorOperators.LSHR, run.drop())
                                                .and(mask)
                                                .lanewise(
                                                        VectorOperators.LSHL,
                                                        (long) p * run.bits()));
            }
            Lanes.LONG.cast(packed).reinterpretAsBytes().intoArray(bytes, block + run.at() + i);
        }
    }
}
