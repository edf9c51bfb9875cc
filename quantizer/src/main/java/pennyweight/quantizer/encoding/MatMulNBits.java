package pennyweight.quantizer.encoding;

/** Draft. */
public record MatMulNBits(int bits, int block) implements Encoding {

    @Override
    public String label() {
        throw new IllegalStateException("draft");
    }

    @Override
    public int planes() {
        throw new IllegalStateException("draft");
    }

    @Override
    public boolean takes(long columns) {
        throw new IllegalStateException("draft");
    }

    @Override
    public long rowBytes(int plane, long columns) {
        throw new IllegalStateException("draft");
    }

    @Override
    public void encode(float[] values, int rows, int columns, byte[][] planes) {
        throw new IllegalStateException("draft");
    }

    @Override
    public void decode(byte[][] planes, int rows, int columns, float[] values) {
        throw new IllegalStateException("draft");
    }
}
