package pennyweight.converter.reference;

import pennyweight.converter.work.Workers;

/** Work on activations row by row, shared among workers where there is enough of it. */
final class RowWork {
    /** Numbers below which handing out work costs more than it saves. */
    private static final int WORTH_SHARING = 1 << 14;

    private final Workers workers;

    RowWork(Workers workers) {
        this.workers = workers;
    }

    /** The number at index {@code i} of the result. */
    interface Element {
        float of(float[] in, int i);
    }

    /** One number of two. */
    interface Pair {
        float of(float a, float b);
    }

    /** Writes the result of the part of {@code in} that {@code at} says. */
    interface Piece {
        void write(float[] in, int at, float[] out);
    }

    Matrix elements(Matrix x, Element element) {
        return rows(
                x,
                x.width(),
                (in, t, out) -> {
                    int end = (t + 1) * x.width();
                    for (int i = t * x.width(); i < end; i++) {
                        out[i] = element.of(in, i);
                    }
                });
    }

    Matrix pairs(Matrix a, Matrix b, Pair pair) {
        if (a.tokens() != b.tokens() || a.width() != b.width()) {
            throw new IllegalArgumentException(
                    "widths " + a.width() + " and " + b.width() + " do not match");
        }
        float[] other = b.values();
        return elements(a, (in, i) -> pair.of(in[i], other[i]));
    }

    Matrix groups(Matrix x, int width, Piece group) {
        if (x.width() % width != 0) {
            throw new IllegalArgumentException(x.width() + " is no multiple of " + width);
        }
        return rows(
                x,
                x.width(),
                (in, t, out) -> {
                    for (int at = t * x.width(); at < (t + 1) * x.width(); at += width) {
                        group.write(in, at, out);
                    }
                });
    }

    /** One row of the result a token. */
    Matrix rows(Matrix x, int width, Piece row) {
        Matrix y = Matrix.zeros(x.tokens(), width);
        if ((long) x.tokens() * width < WORTH_SHARING) {
            for (int t = 0; t < x.tokens(); t++) {
                row.write(x.values(), t, y.values());
            }
        } else {
            workers.forEach(x.tokens(), (worker, t) -> row.write(x.values(), t, y.values()));
        }
        return y;
    }
}
