package pennyweight.quantizer.kernel;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A chunk of 256 rows by some tokens, on one core. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@State(Scope.Thread)
public class MatMulBenchmark {
    private static final int ROWS = 256;
    private static final int INNER = 2560;

    @Param({"1", "4", "16", "512"})
    int tokens;

    @Param({"false", "true"})
    boolean vectors;

    private float[] w;
    private float[] y;
    private MatMul product;

    /** Floating point operations, two a weight and token: read them as FLOP/s. */
    @AuxCounters
    @State(Scope.Thread)
    public static class Work {
        public long flop;
    }

    @Setup
    public void setup() {
        Random random = new Random(1);
        w = numbers(random, ROWS * INNER);
        y = new float[tokens * ROWS];
        float[] x = numbers(random, tokens * INNER);
        product = vectors ? new VectorMatMul(x, tokens, INNER) : new ScalarMatMul(x, tokens, INNER);
    }

    @Benchmark
    public float[] multiply(Work work) {
        product.multiply(w, ROWS, y, ROWS, 0);
        work.flop += 2L * tokens * ROWS * INNER;
        return y;
    }

    private static float[] numbers(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }
}
