package pennyweight.quantizer.encoding;

import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Numbers a second through every encoding, both ways and in both editions. With {@code -prof gc}
 * the allocation of a call must be that of its scratch arrays, a few kB: more means that vectors
 * are being boxed.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@OperationsPerInvocation(EncodeBenchmark.ROWS * EncodeBenchmark.COLUMNS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class EncodeBenchmark {
    static final int ROWS = 64;
    static final int COLUMNS = 2048;

    /** Ends the name of an encoding whose columns have importance weights. */
    private static final String WEIGHTED = "-weighted";

    @Param({
        "Q4_0",
        "Q4_1",
        "Q5_0",
        "Q5_1",
        "Q8_0",
        "Q2_K",
        "Q3_K",
        "Q4_K",
        "Q5_K",
        "Q6_K",
        "IQ4_NL",
        "IQ4_XS",
        "Q4_0-weighted",
        "Q4_1-weighted",
        "Q5_0-weighted",
        "Q5_1-weighted",
        "Q2_K-weighted",
        "Q3_K-weighted",
        "Q4_K-weighted",
        "Q5_K-weighted",
        "Q6_K-weighted",
        "IQ4_NL-weighted",
        "IQ4_XS-weighted",
        "affine2",
        "affine3",
        "affine4",
        "affine5",
        "affine6",
        "affine8",
        "mxfp4",
        "mxfp8",
        "nvfp4",
        "matmul4",
        "matmul8",
        "BF16"
    })
    public String name = "";

    private Encoding encoding = new Plain(Plain.Type.F32);
    private final float[] values = new float[ROWS * COLUMNS];
    private final float[] back = new float[ROWS * COLUMNS];
    private byte[][] planes = new byte[0][];
    private Importance importance = Importance.NONE;

    @Setup
    public void setUp() {
        encoding =
                switch (name) {
                    case "affine2", "affine3", "affine4", "affine5", "affine6", "affine8" ->
                            new Affine(name.charAt(6) - '0', 64, Plain.Type.BF16);
                    case "mxfp4", "mxfp8", "nvfp4" ->
                            new FloatBlock(
                                    FloatBlock.Mode.valueOf(name.toUpperCase(Locale.ROOT)),
                                    Plain.Type.BF16);
                    case "matmul4" -> new MatMulNBits(4, 32);
                    case "matmul8" -> new MatMulNBits(8, 32);
                    case "BF16" -> new Plain(Plain.Type.BF16);
                    default -> new GgufBlock(GgufBlock.Type.valueOf(name.replace(WEIGHTED, "")));
                };
        Random random = new Random(1);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        if (name.endsWith(WEIGHTED)) {
            float[] weights = new float[COLUMNS];
            for (int c = 0; c < COLUMNS; c++) {
                weights[c] = 0.01f + values[c] * values[c];
            }
            importance = Importance.of(weights);
        }
        planes = new byte[encoding.planes()][];
        for (int p = 0; p < planes.length; p++) {
            planes[p] = new byte[(int) (ROWS * encoding.rowBytes(p, COLUMNS))];
        }
        encoding.encode(values, ROWS, COLUMNS, importance, planes);
    }

    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
    public byte[][] encode() {
        encoding.encode(values, ROWS, COLUMNS, importance, planes);
        return planes;
    }

    @Benchmark
    @Fork(
            value = 1,
            jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Dpennyweight.kernels=scalar"})
    public byte[][] encodeScalar() {
        encoding.encode(values, ROWS, COLUMNS, importance, planes);
        return planes;
    }

    @Benchmark
    @Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
    public float[] decode() {
        encoding.decode(planes, ROWS, COLUMNS, back);
        return back;
    }
}
