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
     * @param from where the numbers and the weights of the first group begin
     * @param candidate the codes, laid out as the numbers but from 0
     * @param span numbers of a group
     * @param at the first sub-block of the two groups
     */
    static void squares(
            float[] x,
            float[] weights,
            int from,
            float[] candidate,
            int span,
            int at,
            float[] scales,
            float[] minimums,
            float[] errors) {
        int to = at / Lanes.COUNT * span;
        int x0 = from + to;
        int x1 = x0 + span;
        FloatVector s0 = FloatVector.fromArray(Lanes.FLOATS, scales, at);
        FloatVector s1 = FloatVector.fromArray(Lanes.FLOATS, scales, at + Lanes.COUNT);
        FloatVector m0 = FloatVector.fromArray(Lanes.FLOATS, minimums, at);
        FloatVector m1 = FloatVector.fromArray(Lanes.FLOATS, minimums, at + Lanes.COUNT);
        FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector sum1 = sum0;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector d0 =
                    s0.mul(FloatVector.fromArray(Lanes.FLOATS, candidate, to + i))
                            .add(m0)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, x, x0 + i));
            FloatVector d1 =
                    s1.mul(FloatVector.fromArray(Lanes.FLOATS, candidate, to + span + i))
                            .add(m1)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, x, x1 + i));
            sum0 =
                    Lanes.FLOAT
                            .cast(sum0)
                            .add(
                                    FloatVector.fromArray(Lanes.FLOATS, weights, x0 + i)
                                            .mul(d0.mul(d0)));
            sum1 =
                    Lanes.FLOAT
                            .cast(sum1)
                            .add(
                                    FloatVector.fromArray(Lanes.FLOATS, weights, x1 + i)
                                            .mul(d1.mul(d1)));
        }
        Lanes.FLOAT.cast(sum0).intoArray(errors, at);
        Lanes.FLOAT.cast(sum1).intoArray(errors, at + Lanes.COUNT);
    }

    /**
     * The weighted magnitudes of {@code scale * code + minimum - x}.
     *
     * @param from where the numbers and the weights of the first group begin
     * @param candidate the codes, laid out as the numbers but from 0
     * @param span numbers of a group
     * @param at the first sub-block of the two groups
     */
    static void magnitudes(
            float[] x,
            float[] weights,
            int from,
            float[] candidate,
            int span,
            int at,
            float[] scales,
            float[] minimums,
            float[] errors) {
        int to = at / Lanes.COUNT * span;
        int x0 = from + to;
        int x1 = x0 + span;
        FloatVector s0 = FloatVector.fromArray(Lanes.FLOATS, scales, at);
        FloatVector s1 = FloatVector.fromArray(Lanes.FLOATS, scales, at + Lanes.COUNT);
        FloatVector m0 = FloatVector.fromArray(Lanes.FLOATS, minimums, at);
        FloatVector m1 = FloatVector.fromArray(Lanes.FLOATS, minimums, at + Lanes.COUNT);
        FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector sum1 = sum0;
        for (int i = 0; i < span; i += Lanes.COUNT) {
            FloatVector d0 =
                    s0.mul(FloatVector.fromArray(Lanes.FLOATS, candidate, to + i))
                            .add(m0)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, x, x0 + i));
            FloatVector d1 =
                    s1.mul(FloatVector.fromArray(Lanes.FLOATS, candidate, to + span + i))
                            .add(m1)
                            .sub(FloatVector.fromArray(Lanes.FLOATS, x, x1 + i));
            sum0 =
                    Lanes.FLOAT
                            .cast(sum0)
                            .add(
                                    FloatVector.fromArray(Lanes.FLOATS, weights, x0 + i)
                                            .mul(d0.abs()));
            sum1 =
                    Lanes.FLOAT
                            .cast(sum1)
                            .add(
                                    FloatVector.fromArray(Lanes.FLOATS, weights, x1 + i)
                                            .mul(d1.abs()));
        }
        Lanes.FLOAT.cast(sum0).intoArray(errors, at);
        Lanes.FLOAT.cast(sum1).intoArray(errors, at + Lanes.COUNT);
    }
}
