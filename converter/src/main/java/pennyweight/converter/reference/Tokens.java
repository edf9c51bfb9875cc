package pennyweight.converter.reference;

/** The ids of consecutive tokens. */
public final class Tokens implements Tensor {
    private final int[] ids;

    public Tokens(int... ids) {
        this.ids = ids.clone();
    }

    public int count() {
        return ids.length;
    }

    public int id(int token) {
        return ids[token];
    }

    public int[] ids() {
        return ids.clone();
    }
}
