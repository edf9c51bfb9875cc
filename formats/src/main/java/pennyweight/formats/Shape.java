package pennyweight.formats;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The dimensions of a tensor, outermost first, as Hugging Face and NumPy write them: a linear
 * weight is {@code [out, in]}.
 */
public record Shape(List<Long> dimensions) {
    public Shape {
        dimensions = List.copyOf(dimensions);
        for (long d : dimensions) {
            if (d < 0) {
                throw new IllegalArgumentException("negative dimension in " + dimensions);
            }
        }
    }

    public static Shape of(long... dimensions) {
        return new Shape(Arrays.stream(dimensions).boxed().toList());
    }

    public int rank() {
        return dimensions.size();
    }

    public long dimension(int i) {
        return dimensions.get(i);
    }

    /**
     * The number of elements.
     *
     * @throws ArithmeticException if it exceeds 2^63 - 1
     */
    public long elements() {
        long n = 1;
        for (long d : dimensions) {
            n = Math.multiplyExact(n, d);
        }
        return n;
    }

    /** The length of a row: the innermost dimension, or 1 of a scalar. */
    public long columns() {
        return dimensions.isEmpty() ? 1 : dimensions.getLast();
    }

    /** The number of rows: all dimensions but the innermost, multiplied. A vector is one row. */
    public long rows() {
        long n = 1;
        for (int i = 0; i + 1 < dimensions.size(); i++) {
            n = Math.multiplyExact(n, dimensions.get(i));
        }
        return n;
    }

    @Override
    public String toString() {
        return dimensions.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
    }
}
