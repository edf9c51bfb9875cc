package pennyweight.converter.source;

import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.work.PlaneBuffers;

/**
 * The numbers that a plan promises for a target tensor, made from the source without any file:
 * transformed, encoded and decoded again. In the target's conventions, but for the order of value
 * heads, which the two views choose.
 */
public final class PlannedTensor {
    private final TargetTensor plan;
    private final EncodedTensor source;

    public PlannedTensor(TargetTensor plan, EncodedTensor source) {
        this.plan = plan;
        this.source = source;
    }

    /** Rows and columns where the target will have them: what a reader of the file must find. */
    public StoredTensor inTargetOrder() {
        return new View(true);
    }

    /**
     * Rows and columns where the source has them: judges the order too, since no permutation is
     * undone by itself. What the source has and this tensor does not hold is 0.
     */
    public StoredTensor inSourceOrder() {
        return new View(false);
    }

    private final class View implements StoredTensor {
        private final boolean targetOrder;

        View(boolean targetOrder) {
            this.targetOrder = targetOrder;
        }

        @Override
        public long rows() {
            return source.rows();
        }

        @Override
        public int columns() {
            return targetOrder ? plan.transform().width(source.columns()) : source.columns();
        }

        @Override
        public void read(long first, int count, float[] target) {
            int columns = source.columns();
            float[] rows = new float[count * columns];
            if (targetOrder) {
                source.read(plan.transform(), first, count, rows);
            } else {
                source.read(first, count, rows);
            }
            float[] scratch = new float[count * columns];
            int width = plan.transform().width(columns);
            byte[][] planes = new PlaneBuffers().of(plan.encoding(), count, width);
            plan.encode(rows, count, columns, scratch, planes);
            if (targetOrder) {
                plan.encoding().decode(planes, count, width, target);
            } else {
                plan.encoding().decode(planes, count, width, scratch);
                plan.transform().restoreColumns(scratch, count, columns, target);
            }
        }
    }
}
