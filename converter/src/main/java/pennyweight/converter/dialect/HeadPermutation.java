package pennyweight.converter.dialect;

import pennyweight.converter.model.HeadOrder;

/**
 * A reordering of value heads along one axis: indices from {@code start} on belong to heads of
 * {@code headSize} each, indices before it stay.
 */
public record HeadPermutation(
        long start, long headSize, int keyHeads, int valueHeads, HeadOrder from, HeadOrder to)
        implements ColumnMap {
    /** Where the number at {@code index} of the source goes. */
    public long target(long index) {
        return moved(index, from, to);
    }

    /** Where the number at {@code index} of the target comes from. */
    @Override
    public long source(long index) {
        return moved(index, to, from);
    }

    @Override
    public int width(int width) {
        return width;
    }

    @Override
    public String label() {
        return "value-head columns reordered";
    }

    private long moved(long index, HeadOrder of, HeadOrder into) {
        if (index < start || of == into) {
            return index;
        }
        long head = (index - start) / headSize;
        long within = (index - start) % headSize;
        int ratio = valueHeads / keyHeads;
        // A head is the j-th of those that share key head k: grouped at k * ratio + j, tiled at j *
        // keyHeads + k.
        long k = of == HeadOrder.GROUPED ? head / ratio : head % keyHeads;
        long j = of == HeadOrder.GROUPED ? head % ratio : head / keyHeads;
        long moved = into == HeadOrder.GROUPED ? k * ratio + j : j * keyHeads + k;
        return start + moved * headSize + within;
    }
}
