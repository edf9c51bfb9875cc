package pennyweight.quantizer.encoding;

import jdk.incubator.vector.FloatVector;

/**
 * The errors of the candidates of {@link AffineSearchVectors}: two groups of sub-blocks side by
 * side, one sub-block a lane, each summed in the order of its numbers. While one group waits for
 * its sum the other goes on.
 */
final class AffineErrorsVectors {
    private AffineErrorsVectors() {}

    /**
     * The weighted squares of {@code scale * code + minimum - x}.
     *
     * @param x where the numbers of the first group begin
     * @param w where their weights begin
     * @param c where their codes begin
     * @param span numbers of a group
     * @param at the first sub-block of the two groups
     */
    static void squares(
            float[] numbers,
            int x,
            int w,
            int c,
            int span,
            float[] scales,
            float[] minimums,
            float[] errors,
            int at) {
        FloatVector s0 = FloatVector.fromArray(Lanes.FLOATS, scales, at);
        FloatVector s1 = FloatVector.fromArray(Lanes.FLOATS, scales, at + Lanes.COUNT);
        FloatVector m0 = FloatVector.fromArray(Lanes.FLOATS, minimums, at);
        FloatVector m1 = FloatVector.fromArray(Lanes.FLOATS, minimums, at + Lanes.COUNT);
        FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector sum1 = sum0;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector d0 =
                    s0.mul(FloatVector.fromArray(Lanes.FLOATS, numbers, c + i))
                            .add(m0)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, numbers, x + i));
            FloatVector d1 =
                    s1.mul(FloatVector.fromArray(Lanes.FLOATS, numbers, c + span + i))
                            .add(m1)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, numbers, x + span + i));
            sum0 =
                    Lanes.FLOAT
                            .cast(sum0)
                            .add(
                                    FloatVector.fromArray(Lanes.FLOATS, numbers, w + i)
                                            .mul(d0.mul(d0)));
            sum1 =
                    Lanes.FLOAT
                            .cast(sum1)
                            .add(
                                    FloatVector.fromArray(Lanes.FLOATS, numbers, w + span + i)
                                            .mul(d1.mul(d1)));
        }
        Lanes.FLOAT.cast(sum0).intoArray(errors, at);
        Lanes.FLOAT.cast(sum1).intoArray(errors, at + Lanes.COUNT);
    }

    /**
     * The weighted magnitudes of {@code scale * code + minimum - x}.
     *
     * @param x where the numbers of the first group begin
     * @param w where their weights begin
     * @param c where their codes begin
     * @param span numbers of a group
     * @param at the first sub-block of the two groups
     */
    static void magnitudes(
            float[] numbers,
            int x,
            int w,
            int c,
            int span,
            float[] scales,
            float[] minimums,
            float[] errors,
            int at) {
        FloatVector s0 = FloatVector.fromArray(Lanes.FLOATS, scales, at);
        FloatVector s1 = FloatVector.fromArray(Lanes.FLOATS, scales, at + Lanes.COUNT);
        FloatVector m0 = FloatVector.fromArray(Lanes.FLOATS, minimums, at);
        FloatVector m1 = FloatVector.fromArray(Lanes.FLOATS, minimums, at + Lanes.COUNT);
        FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector sum1 = sum0;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector d0 =
                    s0.mul(FloatVector.fromArray(Lanes.FLOATS, numbers, c + i))
                            .add(m0)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, numbers, x + i));
            FloatVector d1 =
                    s1.mul(FloatVector.fromArray(Lanes.FLOATS, numbers, c + span + i))
                            .add(m1)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, numbers, x + span + i));
            sum0 =
                    Lanes.FLOAT
                            .cast(sum0)
                            .add(FloatVector.fromArray(Lanes.FLOATS, numbers, w + i).mul(d0.abs()));
            sum1 =
                    Lanes.FLOAT
                            .cast(sum1)
                            .add(
                                    FloatVector.fromArray(Lanes.FLOATS, numbers, w + span + i)
                                            .mul(d1.abs()));
        }
        Lanes.FLOAT.cast(sum0).intoArray(errors, at);
        Lanes.FLOAT.cast(sum1).intoArray(errors, at + Lanes.COUNT);
    }
}
