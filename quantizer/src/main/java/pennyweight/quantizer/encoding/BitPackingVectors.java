package pennyweight.quantizer.encoding;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The vector edition of {@link BitPacking}, for codes of four bits. */
final class BitPackingVectors {
    private static final VectorSpecies<Byte> CODES =
            VectorSpecies.of(byte.class, Lanes.FLOATS.vectorShape());

    private static final VectorSpecies<Byte> PACKED =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Lanes.FLOATS.vectorBitSize() / 2));

    private BitPackingVectors() {}

    /** Packs as many of {@code count} codes as fill whole vectors; returns their number. */
    static int nibbles(byte[] codes, int count, byte[] bytes, int at) {
        int end = count - count % CODES.length();
        for (int i = 0; i < end; i += CODES.length()) {
            ShortVector pairs = ByteVector.fromArray(CODES, codes, i).reinterpretAsShorts();
            pairs.and((short) 0x0f)
                    .or(pairs.lanewise(VectorOperators.LSHR, 4).and((short) 0xf0))
                    .convertShape(VectorOperators.S2B, PACKED, 0)
                    .reinterpretAsBytes()
                    .intoArray(bytes, at + i / 2);
        }
        return end;
    }
}
